import maxSatisfying from "semver/ranges/max-satisfying.js";
import validRange from "semver/ranges/valid.js";
import { versionPattern } from "@lectern/shared/schema";
import { isStable } from "./precedence.ts";

/** What the last part of a version's path asks for. */
export type VersionSpec =
  | { kind: "exact"; version: string }
  | { kind: "latest" }
  | { kind: "range"; range: string }
  | { kind: "invalid" };

export function parseSpec(spec: string): VersionSpec {
  if (spec === "latest") return { kind: "latest" };
  if (versionPattern.test(spec)) return { kind: "exact", version: spec };
  if (spec.length > 128 || validRange(spec) === null) return { kind: "invalid" };
  return { kind: "range", range: spec };
}

/**
 * @param versions highest first
 * @returns the highest that satisfies; `latest` prefers releases to prereleases
 */
export function selectVersion(spec: VersionSpec, versions: readonly string[]): string | undefined {
  switch (spec.kind) {
    case "exact":
      return versions.find((version) => version === spec.version);
    case "latest":
      return versions.find(isStable) ?? versions[0];
    case "range":
      return maxSatisfying([...versions], spec.range) ?? undefined;
    case "invalid":
      return undefined;
  }
}
