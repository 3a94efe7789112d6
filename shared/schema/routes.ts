import { z } from "zod";
import { signedManifest } from "./manifest.ts";
import { semanticVersion, sha256, teacherName } from "./names.ts";

/**
 * Bodies of the edge API, version 1:
 *
 * | method and path | body | answer |
 * |---|---|---|
 * | PUT  /v1/weights/{sha256} (bearer) | safetensors bytes | 201, or 200 when it is there already: {@link weightsReceipt} |
 * | GET, HEAD /v1/weights/{sha256} | | bytes, `ETag: "<sha256>"`, immutable, 304 |
 * | PUT  /v1/teachers/{name}/versions/{version} (bearer) | {@link signedManifest} | 201, 200 (same content), 409: {@link release} |
 * | GET  /v1/teachers/{name}/versions/{spec} | | {@link signedManifest}; spec is a version (immutable), a semver range or `latest` (≤ 60 s stale) |
 * | GET  /v1/teachers/{name} | | {@link teacherPage} |
 * | GET  /v1/teachers?cursor=&limit=&q= | | {@link teacherList} |
 * | GET  /healthz, /openapi.json | | |
 */
export const weightsReceipt = z.object({ sha256, bytes: z.int() });

export const release = z.object({
  name: teacherName,
  version: semanticVersion,
  description: z.string(),
  family: z.string(),
  classes: z.int(),
  tasks: z.array(z.string()),
  weights: weightsReceipt,
  publisher: z.string(),
  /** RFC 3339, UTC. */
  publishedAt: z.string(),
});

export const teacherList = z.object({
  /** The newest release of each teacher, ordered by name. */
  teachers: z.array(release),
  /** Pass it as `cursor` for the next page; null at the end. */
  nextCursor: z.string().nullable(),
});

export const teacherPage = z.object({ name: teacherName, releases: z.array(release) });

export { signedManifest };
export type WeightsReceipt = z.infer<typeof weightsReceipt>;
export type Release = z.infer<typeof release>;
export type TeacherList = z.infer<typeof teacherList>;
export type TeacherPage = z.infer<typeof teacherPage>;
