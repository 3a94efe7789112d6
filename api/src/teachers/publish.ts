import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import {
  type Manifest,
  release,
  semanticVersion,
  signedManifest,
  type SignedManifest,
  teacherName,
} from "@lectern/shared/schema";
import { describeWrite } from "../audit/actions.ts";
import type { Environment } from "../environment.ts";
import { limitBody, requireMediaType } from "../http/limit-body.ts";
import { demandQuota } from "../limits/quota.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { requireScope } from "../tokens/authenticate.ts";
import { demandName } from "../tokens/scopes.ts";
import { readStart, weightsKey } from "../weights/store.ts";
import { demandClaimable, lookAlike } from "./claim-name.ts";
import { checkConsistency, checkFit } from "./fit-weights.ts";
import { removedVersion } from "./removed.ts";
import { isStable, precedence } from "./precedence.ts";
import {
  readStanding,
  recordRelease,
  type ReleaseRow,
  type Standing,
  type StandingKey,
} from "./record-release.ts";
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
    "Immutable: the same content again is 200, other content 409. The first publication of a name makes it its owner's, " +
    "and `visibility` then says who may read it (`private` is refused where the name is public already); an owner's first publication registers its signing key, unless the bootstrap did.",
  security: [{ token: [] }],
  middleware: [
    requireScope("publish"),
    requireMediaType("application/json"),
    limitBody(maxEnvelopeBytes, "a signed manifest"),
  ] as const,
  request: {
    params: z.object({ name: teacherName, version: semanticVersion }),
    query: z.object({ visibility: z.enum(["public", "private"]).default("public") }),
    body: { required: true, content: { "application/json": { schema: signedManifest } } },
  },
  responses: {
    201: { description: "Published", content: json },
    200: { description: "The same content was published already", content: json },
    ...problemResponses(400, 401, 403, 409, 410, 413, 415, 422),
  },
});

export function addPublish(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const address = context.req.valid("param");
    const { caller, requestId } = context.var;
    const { owner } = caller;
    demandName(caller, address.name);
    const envelope = context.req.valid("json");
    const verified = await verifyEnvelope(envelope);
    const { manifest } = verified;
    checkAddress(manifest, address);
    checkPublisher(manifest, owner);

    const attempt = { ...address, owner, weightsSha256: manifest.weights.sha256 };
    const before = await readStanding(context.env.DB, attempt);
    const { visibility } = context.req.valid("query");
    const present = settle(before, owner, verified, visibility);
    if (present) return context.json(showRelease(present), 200);
    if (before.teacherOwner === undefined) await demandClaimable(context.env.DB, address.name, owner);
    await demandQuota(context.env.DB, owner, { release: address.name });
    checkConsistency(manifest);
    await checkWeights(context.env.WEIGHTS, manifest);

    const row = describeRelease(envelope, verified, requestId);
    const trace = describeWrite(context, {
      action: "release.publish",
      subject: `${row.name}@${row.version}`,
      detail: `manifest ${row.manifestSha256}`,
    });
    await recordRelease(context.env.DB, { owner, row, trace, visibility });
    const after = settle(await readStanding(context.env.DB, attempt), owner, verified, visibility);
    if (!after) {
      await demandQuota(context.env.DB, owner, { release: address.name });
      throw new Error(`${row.name}@${row.version} was not recorded, and nothing says why`);
    }
    const shown = showRelease(after);
    return after.requestId === requestId ? context.json(shown, 201) : context.json(shown, 200);
  });
}

/** Clients pin keys by the publisher that a manifest names: nobody may publish under another's. */
function checkPublisher({ publisher }: Manifest, owner: string): void {
  if (publisher.name === owner) return;
  throw new ProblemError(
    "publisher-mismatch",
    `The manifest's publisher is ${publisher.name}, but the token is ${owner}'s.`,
    `Sign a manifest with publisher.name ${owner} (lectern publish --publisher ${owner}).`,
  );
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
  visibility: "public" | "private",
): ReleaseRow | undefined {
  const { teacherOwner, keys, release, removal, hasWeights } = standing;
  if (teacherOwner !== undefined && teacherOwner !== owner) {
    throw new ProblemError(
      "not-owner",
      `The name ${manifest.name} belongs to another owner than ${owner}.`,
      "Publish under another name, or with a token of its owner.",
    );
  }
  if (removal !== undefined) throw removedVersion(manifest, removal);
  if (release?.manifestSha256 === sha256) return release;
  if (release !== undefined) {
    throw new ProblemError(
      "version-exists",
      `${manifest.name}@${manifest.version} was published with other content; versions are immutable.`,
      "Publish a higher version.",
    );
  }
  if (visibility === "private" && standing.visibility === "public") {
    throw new ProblemError(
      "invalid-request",
      `${manifest.name} is public, so that ${manifest.version} would be, too; a private one was asked for.`,
      "Publish it under a new name, make the teacher private first (PUT …/visibility), or ask for a public one.",
    );
  }
  demandSigner(keys, manifest.publisher.publicKey, owner);
  if (teacherOwner === undefined && standing.lookAlike !== undefined)
    throw lookAlike(manifest.name, standing.lookAlike);
  if (!hasWeights) throw missingWeights(manifest);
  return undefined;
}

function demandSigner(keys: readonly StandingKey[], publicKey: string, owner: string): void {
  const key = keys.find((key) => key.publicKey === publicKey);
  if (key?.isSpent) {
    throw new ProblemError(
      "revoked-key",
      `The key ${publicKey} was revoked or retired by ${owner}, and signs no more versions.`,
      "Sign with the key that took its place.",
    );
  }
  if (key !== undefined || keys.length === 0) return;
  const registered = keys.filter(({ isSpent }) => !isSpent).map(({ publicKey }) => publicKey);
  throw new ProblemError(
    "unregistered-key",
    `The manifest is signed with the key ${publicKey}, but ${owner} has registered ${registered.join(", ") || "none that is good"}.`,
    "Sign with the registered key, or register the new one (lectern key rotate; docs/trust.md).",
  );
}

function missingWeights({ weights }: Manifest): ProblemError {
  return new ProblemError(
    "missing-weights",
    `The manifest's weights ${weights.sha256} are not here, or are of another owner's private teacher.`,
    `Upload the weights first: PUT /v1/weights/${weights.sha256}.`,
  );
}

async function checkWeights(bucket: R2Bucket, manifest: Manifest): Promise<void> {
  const { weights } = manifest;
  const file = await readStart(bucket, weightsKey(weights.sha256));
  if (file === undefined) throw missingWeights(manifest);
  if (file.bytes !== weights.bytes) {
    throw new ProblemError(
      "weights-mismatch",
      `The manifest says that its weights have ${weights.bytes} bytes, but those uploaded have ${file.bytes}.`,
      "Make the manifest anew from the weights file.",
    );
  }
  checkFit(manifest, file.start, file.bytes);
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
