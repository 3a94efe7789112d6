import { openSignedManifest, readWeights } from "@lectern/shared/artifact";
import { expectInRange } from "./expect-in-range.ts";
import { pullArtifact, type PullOptions, type Source } from "./pull-artifact.ts";
import { parseTeacherSpec } from "./spec.ts";
import type { PulledTeacher } from "./verify.ts";

/**
 * Fetches a teacher and checks it before a byte is used: signature, trusted or pinned keys, that it is the one that was
 * asked for or in the range, size, digest, format.
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
  options?: PullOptions,
): Promise<PulledTeacher> {
  const artifact = await pullArtifact(source, spec, options, async (signed, trustedKeys) => {
    const manifest = await openSignedManifest(signed, trustedKeys);
    expectInRange(source.transport.url, parseTeacherSpec(spec), manifest.version);
    return manifest;
  });
  return { ...artifact, tensors: readWeights(artifact.weights) };
}
