import { distrust, readSignedManifest, readWeights, sha256Hex } from "@lectern/shared/artifact";
import { LecternError } from "@lectern/shared/errors";
import type { Manifest } from "@lectern/shared/schema";
import type { ArtifactCache } from "./cache.ts";
import { halfBody } from "./passing.ts";
import { readBytes } from "./read-bytes.ts";
import { requestJson } from "./request-json.ts";
import { request } from "./request.ts";
import { parseTeacherSpec } from "./spec.ts";
import type { Transport } from "./transport.ts";
import { checkDigest, mismatch, openTrusted, type PulledTeacher, type TrustOptions } from "./verify.ts";

/** What {@link pullTeacher} needs of a connection. */
export interface Source extends TrustOptions {
  transport: Transport;
  cache?: ArtifactCache | undefined;
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
  // A signature shows that a manifest is its publisher's, not that it is the one that was asked for.
  if (manifest.name !== asked.name || (asked.exact && manifest.version !== asked.spec))
    throw distrust(
      `${transport.url} was asked for ${asked.name} ${asked.spec} and answered with ${manifest.name} ${manifest.version}`,
    );
  const totalBytes = manifest.weights.bytes;
  if (totalBytes > source.maxWeightsBytes)
    throw new LecternError(
      "unsupported",
      `The weights of ${manifest.name} ${manifest.version} have ${totalBytes} bytes, expected at most ${source.maxWeightsBytes}.`,
      "Pass a larger maxWeightsBytes.",
    );
  const weights = await loadWeights(source, transport, manifest, (receivedBytes) =>
    onProgress({ receivedBytes, totalBytes }),
  );
  return { manifest, signed, weights, tensors: readWeights(weights) };
}

export function withSignal(transport: Transport, signal?: AbortSignal): Transport {
  return signal ? { ...transport, signal: AbortSignal.any([transport.signal, signal]) } : transport;
}

async function loadWeights(
  { cache }: Source,
  transport: Transport,
  manifest: Manifest,
  onBytes: (received: number) => void,
): Promise<Uint8Array> {
  const { sha256, bytes } = manifest.weights;
  const cached = await cache?.get(sha256);
  // Damage in a cache is mended by fetching again.
  if (cached && (await sha256Hex(cached)) === sha256) {
    onBytes(bytes);
    return cached;
  }
  const { url } = transport;
  const fetched = await request(transport, `/v1/weights/${sha256}`, async (response, alive) => {
    onBytes(0);
    const tooLarge = () => mismatch(manifest, `are larger than ${bytes} bytes`);
    const body = await readBytes(response, url, bytes, tooLarge, (received) => {
      alive();
      onBytes(received);
    });
    if (body.length < bytes) throw halfBody(url);
    return body;
  });
  await checkDigest(manifest, fetched);
  await cache?.put(sha256, fetched);
  return fetched;
}
