import { demand } from "@lectern/shared/errors";

export interface TeacherRequest {
  name: string;
  /** A version, a semver range, or `latest`. */
  spec: string;
  /** True where `spec` is one version, which nothing else may stand in for. */
  exact: boolean;
}

/**
 * Takes `glyphs`, `glyphs@1.2.0` or `glyphs@^1.2` apart.
 *
 * @throws LecternError `invalid-argument`
 */
export function parseTeacherSpec(text: string): TeacherRequest {
  const [, name = "", spec = "latest"] = /^\s*([a-z][a-z0-9-]*)(?:@\s*([^@]*[^@\s]))?\s*$/.exec(text) ?? [];
  demand(
    name,
    "invalid-argument",
    `The teacher is ${JSON.stringify(text)}, expected a name, and perhaps a version`,
    "Write glyphs, glyphs@1.2.0 or glyphs@^1.2, say.",
  );
  return { name, spec, exact: /^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(spec) };
}
