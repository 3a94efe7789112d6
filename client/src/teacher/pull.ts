import type { SignedManifest } from "@lectern/shared/schema";
import { openSource, type ConnectOptions } from "../connect/open-source.ts";
import { pullTeacher, type PullOptions } from "../connect/pull.ts";
import { verifyArtifact, type TrustOptions } from "../connect/verify.ts";
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
  return { teacher: async (spec, pull) => createTeacher(await pullTeacher(source, spec, pull)) };
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
  artifact: { signed: SignedManifest; weights: Uint8Array },
  options: TrustOptions = {},
): Promise<Teacher> {
  return createTeacher(await verifyArtifact(artifact, options));
}
