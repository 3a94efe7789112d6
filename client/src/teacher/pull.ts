import { authenticateManifest, unpackWeights } from "@lectern/shared/artifact";
import type { SignedManifest } from "@lectern/shared/schema";
import { openSource, type ConnectOptions } from "../connect/open-source.ts";
import { pullArtifact, type PullOptions } from "../connect/pull-artifact.ts";
import { verifyWeights, type Artifact, type TrustOptions } from "../connect/verify-artifact.ts";
import { createTeacher, type Teacher } from "./teacher.ts";

/** What else an API answers (lists, releases, publishing) is in `@lectern/client/connect`. */
export interface TeacherConnection {
  /**
   * Pulls a teacher, checks signature, digest and format, and opens it.
   * @param spec `glyphs`, `glyphs@1.2.0` or `glyphs@^1.2`
   * @throws LecternError `not-found`, `unreachable`, `timeout`, `bad-response`, `integrity`, `unsupported`, `aborted`…
   */
  teacher(spec: string, options?: PullOptions): Promise<Teacher>;
}

/**
 * A connection to a Lectern API. Nothing is sent before the first question.
 *
 * @param url of the API, such as `https://teachers.example` or `http://localhost:8787`
 * @throws LecternError `invalid-argument`
 * @example
 * ```ts
 * const teacher = await connect("https://teachers.example").teacher("glyphs@^1.0");
 * await teacher.teach(model, { train: { x, y } });
 * ```
 */
export function connect(url: string, options: ConnectOptions = {}): TeacherConnection {
  const source = openSource(url, options);
  return {
    teacher: async (spec, pull) => openTeacher(await pullArtifact(source, spec, pull, authenticateManifest)),
  };
}

/**
 * A teacher from its files, checked as one from the API is.
 *
 * @param artifact `signed`: the manifest's envelope, as `lectern pull` writes it; `weights`: the safetensors file
 * @throws LecternError `integrity`, `invalid-artifact` or `unsupported`
 * @example
 * ```ts
 * const teacher = await loadTeacher({ signed: JSON.parse(manifestFile), weights: weightsFile });
 * ```
 */
export async function loadTeacher(
  { signed, weights }: { signed: SignedManifest; weights: Uint8Array },
  { trustedKeys }: TrustOptions = {},
): Promise<Teacher> {
  const manifest = await authenticateManifest(signed, trustedKeys);
  await verifyWeights(manifest, weights);
  return openTeacher({ manifest, weights });
}

const openTeacher = ({ manifest, weights }: Pick<Artifact, "manifest" | "weights">): Teacher =>
  createTeacher({ manifest, tensors: unpackWeights(weights) });
