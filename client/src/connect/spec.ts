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
  const [name, spec] = /^([^@]*)@?([^]*)/
    .exec(text)!
    .slice(1)
    .map((part) => part.trim()) as [string, string];
  if (!namePattern.test(name) || (text.includes("@") && !spec) || spec.length > 128)
    throw new LecternError(
      "invalid-argument",
      `The teacher is ${JSON.stringify(text.slice(0, 200))}, expected a name, a version or range after an @.`,
      "Write glyphs, glyphs@1.2.0 or glyphs@^1.2, say.",
    );
  return { name, spec: spec || "latest", exact: versionPattern.test(spec) };
}
