import { demand } from "@lectern/shared/errors";
import type { TeacherRequest } from "./spec.ts";
import { satisfies } from "./satisfies.ts";

/**
 * Refuses a version outside the range that was asked for: an API that lies, or was tampered with, could choose any that
 * the publisher ever signed. `latest` and tags mean what the API says.
 *
 * @throws LecternError `integrity`
 */
export function expectInRange(url: string, { name, spec, exact }: TeacherRequest, version: string): void {
  demand(
    exact || satisfies(version, spec) !== false,
    "integrity",
    `${url} answered ${name}@${spec} with ${version}, which isn't in that range`,
    "Ask for an exact version, and tell whoever runs the API.",
  );
}
