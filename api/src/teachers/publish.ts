import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import {
  type Manifest,
  release,
  semanticVersion,
  signedManifest,
  type SignedManifest,
  teacherName,
} from "@lectern/shared/schema";
import type { Environment } from "../environment.ts";
import { limitBody, requireMediaType } from "../http/limit-body.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { requireScope } from "../tokens/authenticate.ts";
import { weightsKey } from "../weights/store.ts";
import { isStable, precedence } from "./precedence.ts";
import { readStanding, recordRelease, type ReleaseRow, type Standing } from "./record-release.ts";
import { showRelease } from "./release-row.ts";
import { type VerifiedEnvelope, verifyEnvelope } from "./verify-envelope.ts";

/** A manifest of a million bytes, escaped in JSON. */
const maxEnvelopeBytes = 4 * 1024 * 1024;
const json = { "application/json": { schema: release } };
const route = createRoute({
  method: "put",
  path: "/v1/teachers/{name}/versions/{version}",
  summary: "Publish a version",
  description:
    "Immutable: the same content again is 200, other content 409. The first publication of a name makes it its owner's; " +
    "an owner's first publication registers its signing key, unless the bootstrap did.",
  security: [{ token: [] }],
  middleware: [
    requireScope("publish"),
    requireMediaType("application/json"),
    limitBody(maxEnvelopeBytes, "a signed manifest"),
  ] as const,
  request: {
    params: z.object({ name: teacherName, version: semanticVersion }),
    body: { required: true, content: { "application/json": { schema: signedManifest } } },
  },
  responses: {
    201: { description: "Published", content: json },
    200: { description: "The same content was published already", content: json },
    ...problemResponses(400, 401, 403, 409, 413, 415, 422),
  },
});

export function addPublish(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const address = context.req.valid("param");
    const { owner } = context.var.caller;
    const envelope = context.req.valid("json");
    const verified = await verifyEnvelope(envelope);
    checkAddress(verified.manifest, address);

    const before = await readStanding(context.env.DB, { ...address, owner });
    const present = settle(before, owner, verified);
    if (present) return context.json(showRelease(present), 200);
    await checkWeights(context.env.WEIGHTS, verified.manifest);

    const row = describeRelease(envelope, verified, context.var.requestId);
    await recordRelease(context.env.DB, owner, row);
    const after = settle(await readStanding(context.env.DB, { ...address, owner }), owner, verified);
    if (!after) throw new Error(`${row.name}@${row.version} was not recorded, and nothing says why`);
    const shown = showRelease(after);
    return after.requestId === row.requestId ? context.json(shown, 201) : context.json(shown, 200);
  });
}

function checkAddress(manifest: Manifest, address: { name: string; version: string }): void {
  if (manifest.name === address.name && manifest.version === address.version) return;
  throw new ProblemError(
    "address-mismatch",
    `The manifest is ${manifest.name}@${manifest.version}, the path ${address.name}@${address.version}.`,
    "Put each manifest at the path with its own name and version.",
  );
}

/** The release, if it stands with this very content; undefined if the way is free; a problem otherwise. */
function settle(
  standing: Standing,
  owner: string,
  { manifest, sha256 }: VerifiedEnvelope,
): ReleaseRow | undefined {
  const { teacherOwner, registeredKey, release } = standing;
  if (teacherOwner !== undefined && teacherOwner !== owner) {
    throw new ProblemError(
      "not-owner",
      `The name ${manifest.name} belongs to another owner than ${owner}.`,
      "Publish under another name, or with a token of its owner.",
    );
  }
  if (registeredKey !== undefined && registeredKey !== manifest.publisher.publicKey) {
    throw new ProblemError(
      "unregistered-key",
      `The manifest is signed with the key ${manifest.publisher.publicKey}, but ${owner} has registered ${registeredKey}.`,
      "Sign with the registered key, or have an operator register the new one (docs/api.md).",
    );
  }
  if (release !== undefined && release.manifestSha256 !== sha256) {
    throw new ProblemError(
      "version-exists",
      `${manifest.name}@${manifest.version} was published with other content; versions are immutable.`,
      "Publish a higher version.",
    );
  }
  return release;
}

async function checkWeights(bucket: R2Bucket, { weights }: Manifest): Promise<void> {
  const object = await bucket.head(weightsKey(weights.sha256));
  if (object === null) {
    throw new ProblemError(
      "missing-weights",
      `The manifest's weights ${weights.sha256} are not here.`,
      `Upload the weights first: PUT /v1/weights/${weights.sha256}.`,
    );
  }
  if (object.size !== weights.bytes) {
    throw new ProblemError(
      "weights-mismatch",
      `The manifest says that its weights have ${weights.bytes} bytes, but those uploaded have ${object.size}.`,
      "Make the manifest anew from the weights file.",
    );
  }
}

function describeRelease(
  envelope: SignedManifest,
  { manifest, sha256 }: VerifiedEnvelope,
  requestId: string,
): ReleaseRow {
  return {
    name: manifest.name,
    version: manifest.version,
    precedence: precedence(manifest.version),
    stable: isStable(manifest.version) ? 1 : 0,
    manifest: envelope.manifest,
    manifestSha256: sha256,
    signature: envelope.signature,
    publicKey: envelope.publicKey,
    description: manifest.description,
    family: manifest.loss.family,
    classes: manifest.classes.count,
    tasks: manifest.tasks,
    weightsSha256: manifest.weights.sha256,
    weightsBytes: manifest.weights.bytes,
    publisher: manifest.publisher.name,
    publishedAt: new Date().toISOString(),
    searchText: `${manifest.name}\n${manifest.description}`.toLowerCase(),
    requestId,
  };
}
