import maxSatisfying from "semver/ranges/max-satisfying.js";
import validRange from "semver/ranges/valid.js";
import { tagName, versionPattern } from "@lectern/shared/schema";
import { isStable } from "./precedence.ts";
import type { ResolutionIndex } from "./resolution-index.ts";

/** What the last part of a version's path asks for. */
export type VersionSpec =
  | { kind: "exact"; version: string }
  | { kind: "latest" }
  | { kind: "range"; range: string }
  | { kind: "tag"; tag: string }
  | { kind: "invalid" };

export function parseSpec(spec: string): VersionSpec {
  if (spec === "latest") return { kind: "latest" };
  if (versionPattern.test(spec)) return { kind: "exact", version: spec };
  if (spec.length <= 128 && validRange(spec) !== null) return { kind: "range", range: spec };
  return tagName.safeParse(spec).success ? { kind: "tag", tag: spec } : { kind: "invalid" };
}

/**
 * The highest that satisfies and isn't yanked; an exact version also if it is. `latest` is the one that its owner
 * tagged so, else the highest release, else the highest prerelease: the same as the table `listings` has.
 */
export function selectVersion(
  spec: VersionSpec,
  { versions, tags }: Pick<ResolutionIndex, "versions" | "tags">,
): string | undefined {
  if (spec.kind === "invalid") return undefined;
  if (spec.kind === "exact") return versions.find(({ version }) => version === spec.version)?.version;
  const offered = versions.filter(({ yanked }) => !yanked).map(({ version }) => version);
  if (spec.kind === "range") return maxSatisfying(offered, spec.range) ?? undefined;
  const tag = spec.kind === "tag" ? spec.tag : "latest";
  const tagged = Object.hasOwn(tags, tag) ? tags[tag] : undefined;
  if (tagged !== undefined && offered.includes(tagged)) return tagged;
  return spec.kind === "latest" ? (offered.find(isStable) ?? offered[0]) : undefined;
}
