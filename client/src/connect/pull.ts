import { readSignedManifest, readWeights } from "@lectern/shared/artifact";
import { isLecternError, LecternError } from "@lectern/shared/errors";
import type { Manifest } from "@lectern/shared/schema";
import type { ArtifactCache } from "./cache.ts";
import { halfBody, Passing } from "./passing.ts";
import { readBytes } from "./read-bytes.ts";
import { requestJson } from "./request-json.ts";
import { request } from "./request.ts";
import { parseTeacherSpec, type TeacherRequest } from "./spec.ts";
import type { Transport } from "./transport.ts";
import { checkDigest, mismatch, openTrusted, type PulledTeacher, type TrustOptions } from "./verify.ts";

/** What {@link pullTeacher} needs of a connection. */
export interface Source extends TrustOptions {
  transport: Transport;
  cache?: ArtifactCache;
  /** Larger weights are refused unread. Bytes. */
  maxWeightsBytes: number;
}

export interface PullOptions {
  /** Abandons this pull. */
  signal?: AbortSignal;
  /** Of the weights: called at each piece that arrives, and once when the cache has them; falls back when retried. */
  onProgress?: (progress: { receivedBytes: number; totalBytes: number }) => void;
}

/**
 * Fetches a teacher and checks it before a byte is used: signature, trusted keys, that it is the one that was asked
 * for, size, digest, format.
 *
 * @param spec `glyphs`, `glyphs@1.2.0` or `glyphs@^1.2`
 * @throws LecternError `not-found`, `unreachable`, `timeout`, `bad-response`, `integrity`, `unsupported`, `aborted`…
 * @example
 * ```ts
 * const { manifest, tensors } = await pullTeacher(connect("https://teachers.example"), "glyphs@^1.0");
 * ```
 */
export async function pullTeacher(
  source: Source,
  spec: string,
  { signal, onProgress = () => undefined }: PullOptions = {},
): Promise<PulledTeacher> {
  const asked = parseTeacherSpec(spec);
  const transport = withSignal(source.transport, signal);
  const path = `/v1/teachers/${asked.name}/versions/${encodeURIComponent(asked.spec)}`;
  const signed = await requestJson(transport, path, readSignedManifest);
  const manifest = await openTrusted(signed, source);
  checkAnswer(manifest, asked, transport.url);
  const totalBytes = manifest.weights.bytes;
  if (totalBytes > source.maxWeightsBytes) {
    throw new LecternError(
      "unsupported",
      `The weights of ${manifest.name} ${manifest.version} have ${totalBytes} bytes, and this connection takes up to ${source.maxWeightsBytes}.`,
      "Pass a larger maxWeightsBytes if you want a teacher of that size.",
    );
  }
  const weights = await loadWeights(source, transport, manifest, (receivedBytes) =>
    onProgress({ receivedBytes, totalBytes }),
  );
  return { manifest, signed, weights, tensors: readWeights(weights) };
}

export function withSignal(transport: Transport, signal: AbortSignal | undefined): Transport {
  if (!signal) return transport;
  return { ...transport, signal: transport.signal ? AbortSignal.any([transport.signal, signal]) : signal };
}

/** A signature shows that a manifest is its publisher's, not that it is the one that was asked for. */
function checkAnswer(manifest: Manifest, { name, spec, exact }: TeacherRequest, url: string): void {
  if (manifest.name === name && (!exact || manifest.version === spec)) return;
  throw new LecternError(
    "integrity",
    `${url} was asked for ${name} ${spec} and answered with ${manifest.name} ${manifest.version}.`,
    "Don't use it; tell whoever runs the API.",
  );
}

async function loadWeights(
  { cache }: Source,
  transport: Transport,
  manifest: Manifest,
  onBytes: (received: number) => void,
): Promise<Uint8Array> {
  const { sha256, bytes } = manifest.weights;
  const cached = await cache?.get(sha256);
  if (cached?.length === bytes && (await matches(manifest, cached))) {
    onBytes(bytes);
    return cached;
  }
  const fetched = await request(transport, `/v1/weights/${sha256}`, {}, async (response, alive) => {
    onBytes(0);
    const body = await readBytes(response, transport.url, bytes, (received) => {
      alive();
      onBytes(received);
    });
    if (body === "too-large") throw mismatch(manifest, `are larger than the ${bytes} bytes of the manifest`);
    return body instanceof Passing || body.length === bytes ? body : halfBody(transport.url);
  });
  await checkDigest(manifest, fetched);
  await cache?.put(sha256, fetched);
  return fetched;
}

/** Damage in a cache is mended by fetching again. */
async function matches(manifest: Manifest, weights: Uint8Array): Promise<boolean> {
  return checkDigest(manifest, weights).then(
    () => true,
    (error: unknown) => {
      if (isLecternError(error) && error.code === "integrity") return false;
      throw error;
    },
  );
}
