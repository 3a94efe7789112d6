import { sha256Hex } from "@lectern/shared/artifact";
import { demand } from "@lectern/shared/errors";
import type { Manifest, SignedManifest } from "@lectern/shared/schema";
import type { ArtifactCache } from "./cache.ts";
import { halfBody, readBytes } from "./read-bytes.ts";
import { requestJson } from "./request-json.ts";
import { request } from "./request.ts";
import { parseTeacherSpec } from "./spec.ts";
import type { Transport } from "./transport.ts";
import type { Trust } from "./trust.ts";
import { verifyWeights, type Artifact, type TrustOptions } from "./verify-artifact.ts";

/** What a pull needs of a connection. */
export interface Source extends TrustOptions {
  transport: Transport;
  cache?: ArtifactCache | undefined;
  /** Whose manifests are taken; the cache's way by default. */
  trust?: Trust | undefined;
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
 * Fetches a teacher and checks it before a byte is used: signature, trusted or pinned keys, that it is the one that was
 * asked for, size, digest. Parsing the weights is the caller's.
 *
 * @param open gives the manifest of an envelope whose signature it found right
 * @param spec `glyphs`, `glyphs@1.2.0` or `glyphs@^1.2`
 * @throws LecternError `not-found`, `unreachable`, `timeout`, `bad-response`, `integrity`, `unsupported`, `aborted`…
 */
export async function pullArtifact(
  source: Source,
  spec: string,
  { signal, onProgress }: PullOptions = {},
  open: (signed: SignedManifest, trustedKeys?: readonly string[]) => Promise<Manifest>,
): Promise<Artifact> {
  const asked = parseTeacherSpec(spec);
  const transport = withSignal(source.transport, signal);
  const { url } = transport;
  const path = `/v1/teachers/${asked.name}/versions/${encodeURIComponent(asked.spec)}`;
  const signed = (await requestJson(transport, path)) as SignedManifest;
  const manifest = await open(signed, source.trustedKeys);
  const { name, version } = manifest;
  const { sha256, bytes: totalBytes } = manifest.weights ?? {};
  // A signature shows that a manifest is its publisher's, not that it is the one that was asked for.
  demand(
    name === asked.name && (!asked.exact || version === asked.spec),
    "integrity",
    `${url} answered ${asked.name} ${asked.spec} with ${name} ${version}`,
  );
  demand(
    totalBytes <= source.maxWeightsBytes,
    "unsupported",
    `The weights of ${name} ${version} have ${totalBytes} bytes, expected at most ${source.maxWeightsBytes}`,
    "Pass a larger maxWeightsBytes.",
  );
  const { cache, trust = cache?.trust } = source;
  await trust?.({ transport, asked, manifest });
  const tell = (receivedBytes: number) => onProgress?.({ receivedBytes, totalBytes });
  let weights = await cache?.get(sha256);
  // Damage in a cache is mended by fetching again.
  if (weights && (await sha256Hex(weights)) === sha256) {
    tell(totalBytes);
    return { manifest, signed, weights };
  }
  weights = await request(transport, `/v1/weights/${sha256}`, async (response, alive) => {
    tell(0);
    const body = await readBytes(response, url, totalBytes, (received) => {
      alive();
      tell(received);
    });
    if (body.length < totalBytes) throw halfBody(url);
    return body;
  });
  await verifyWeights(manifest, weights);
  await cache?.put(sha256, weights);
  return { manifest, signed, weights };
}

export function withSignal(transport: Transport, signal?: AbortSignal): Transport {
  return signal ? { ...transport, signal: AbortSignal.any([transport.signal, signal]) } : transport;
}
