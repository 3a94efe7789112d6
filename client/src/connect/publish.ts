import { readManifest, readRelease, readWeightsReceipt } from "@lectern/shared/artifact";
import { isLecternError, LecternError } from "@lectern/shared/errors";
import type { Manifest, Release, SignedManifest } from "@lectern/shared/schema";
import { requestAnswer } from "./request-json.ts";
import { request } from "./request.ts";
import { openTransport, type Transport, type TransportOptions } from "./transport.ts";
import { uploadInit } from "./upload.ts";
import { largestWhole, uploadInParts } from "./upload-parts.ts";
import { verifyArtifact } from "./verify.ts";

/** What the two uploads have in common. */
interface Write {
  redirect: "manual";
  headers: { authorization: string };
}

export interface Publication extends TransportOptions {
  signed: SignedManifest;
  /** The safetensors file that the manifest names. */
  weights: Uint8Array;
  /** Bearer token of a publisher. */
  token: string;
  /** Who may read the teacher, where this publication is its first; everybody by default. */
  visibility?: "public" | "private";
  /** Of the weights' upload: at each piece in Node; in browsers, fetch tells no more than beginning and end. */
  onProgress?: (progress: { sentBytes: number; totalBytes: number }) => void;
}

/**
 * Uploads a teacher: its weights by digest unless the API has them, then the signed manifest. Checks everything that the
 * API will check first, so that nothing is left there by halves. Doing it again with the same content changes nothing
 * and succeeds, so a publication that broke off is simply repeated.
 *
 * @param url of the API
 * @returns the release as the API lists it
 * @throws LecternError `conflict` when the version exists with other content, `unauthorized`, `integrity`, and what
 * {@link pullTeacher} throws
 * @example
 * ```ts
 * const release = await publishTeacher("https://teachers.example", { signed, weights, token: process.env.LECTERN_TOKEN });
 * ```
 */
export async function publishTeacher(
  url: string,
  { signed, weights, token, visibility, onProgress = () => undefined, ...options }: Publication,
): Promise<Release> {
  const transport = openTransport(url, options);
  // A header can carry no more, and a line break in a token file is the usual mistake.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new LecternError(
      "invalid-argument",
      "The publishing token is empty, or has blanks, line breaks or other characters that no token has.",
      "Pass the token as it was given out.",
    );
  }
  await verifyArtifact({ signed, weights });
  const manifest = readManifest(signed.manifest);
  // The token is for this address: a redirect must not carry it elsewhere.
  const write = { redirect: "manual", headers: { authorization: `Bearer ${token}` } } as const;
  await uploadWeights(transport, manifest, weights, write, onProgress);
  return uploadManifest(transport, manifest, signed, { write, visibility });
}

async function uploadWeights(
  transport: Transport,
  { weights: { sha256, bytes: totalBytes } }: Manifest,
  weights: Uint8Array,
  write: Write,
  onProgress: (progress: { sentBytes: number; totalBytes: number }) => void,
): Promise<void> {
  const path = `/v1/weights/${sha256}`;
  const tell = (sentBytes: number) => onProgress({ sentBytes, totalBytes });
  const isThere = await hasWeights(transport, path, write);
  if (!isThere && totalBytes > largestWhole) await uploadInParts(transport, { sha256, weights, write, tell });
  else if (!isThere) {
    // Where fetch doesn't tell how an upload proceeds, a slow line is given time for 50 kB a second.
    const patient = { ...transport, timeoutMs: transport.timeoutMs + totalBytes / 50 };
    const headers = { ...write.headers, "content-type": "application/octet-stream" };
    await requestAnswer(patient, path, readWeightsReceipt, (alive) => {
      tell(0);
      const onSent = (sent: number) => {
        alive();
        // The whole is told when the API has it.
        if (sent < totalBytes) tell(sent);
      };
      return { ...write, method: "PUT", ...uploadInit(weights, headers, onSent) };
    });
  }
  tell(totalBytes);
}

/** With the token: those of a private teacher are there for its owner only. */
async function hasWeights(transport: Transport, path: string, write: Write): Promise<boolean> {
  return request(
    transport,
    path,
    async () => true,
    () => ({ ...write, method: "HEAD" }),
  ).catch((error: unknown) => {
    if (isLecternError(error) && error.code === "not-found") return false;
    throw error;
  });
}

async function uploadManifest(
  transport: Transport,
  { name, version }: Manifest,
  signed: SignedManifest,
  { write, visibility }: { write: Write; visibility: "public" | "private" | undefined },
): Promise<Release> {
  const query = visibility ? `?visibility=${visibility}` : "";
  try {
    return await requestAnswer(
      transport,
      `/v1/teachers/${name}/versions/${version}${query}`,
      readRelease,
      () => ({
        ...write,
        method: "PUT",
        headers: { ...write.headers, "content-type": "application/json" },
        body: JSON.stringify(signed),
      }),
    );
  } catch (cause) {
    // A look-alike's name is a conflict, too, and the API says so.
    if (!isLecternError(cause) || cause.code !== "conflict" || /taken for/.test(cause.message)) throw cause;
    throw new LecternError(
      "conflict",
      `${name} ${version} exists with other content at ${transport.url}, and a released version never changes.`,
      `Publish a higher version, such as ${nextVersion(version)}.`,
      { cause },
    );
  }
}

/** The release of a pre-release, or the next patch. */
function nextVersion(version: string): string {
  const [core = "", pre] = version.split(/-(.*)/, 2);
  if (pre !== undefined) return core;
  const [major, minor, patch] = core.split(".");
  return `${major}.${minor}.${Number(patch) + 1}`;
}
