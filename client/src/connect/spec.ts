import { namePattern, versionPattern } from "@lectern/shared/artifact";
import { LecternError } from "@lectern/shared/errors";

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
  const at = text.indexOf("@");
  const name = at < 0 ? text : text.slice(0, at);
  const spec = at < 0 ? "latest" : text.slice(at + 1).trim();
  checkName(name);
  if (spec === "" || spec.length > 128) {
    throw new LecternError(
      "invalid-argument",
      `The teacher is asked for as ${JSON.stringify(text.slice(0, 200))}, expected a version or range after the @.`,
      "Write glyphs, glyphs@1.2.0 or glyphs@^1.2, say.",
    );
  }
  return { name, spec, exact: versionPattern.test(spec) };
}

export function checkName(name: string): void {
  if (namePattern.test(name)) return;
  throw new LecternError(
    "invalid-argument",
    `The teacher's name is ${JSON.stringify(name.slice(0, 100))}, expected 2–64 lower-case letters, digits and single hyphens.`,
    "Write glyphs or mnist-noise, say; a version follows after an @.",
  );
}
