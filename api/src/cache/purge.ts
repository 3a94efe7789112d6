import type { MiddlewareHandler } from "hono";
import type { Environment } from "../environment.ts";
import { renewGeneration } from "./generation.ts";
import { drop, type Location } from "./location.ts";

/**
 * Makes a write seen at once at the location where it happened: nothing that was kept of the teacher's ranges, tags and
 * page, or of the lists, is found again. To be called after the write is committed and before it is answered.
 *
 * @param version if what the exact version answers has changed: it was removed
 */
export async function purgeTeacher(location: Location, name: string, version?: string): Promise<void> {
  await Promise.all([
    renewGeneration(location, `teacher/${name}`),
    renewGeneration(location, "lists"),
    ...(version === undefined ? [] : [drop(location, `/v1/teachers/${name}/versions/${version}`)]),
  ]);
}

/** After a removal: the bucket has them no more. */
export async function purgeWeights(location: Location, sha256: string): Promise<void> {
  await drop(location, `/v1/weights/${sha256}`);
}

const underTeacher = /^\/v1\/teachers\/([a-z][a-z0-9-]{1,63})(?:\/versions\/([^/]+))?(?:\/|$)/;

/**
 * Purges after every write below a teacher's path by someone with a token, so that no route can forget to: also after
 * one that failed with a 5xx, which may have committed before.
 */
export const purgeAfterWrites: MiddlewareHandler<Environment> = async (context, next) => {
  await next();
  const { method } = context.req.raw;
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return;
  const { status } = context.res;
  if (context.get("caller") === undefined || (status >= 400 && status < 500)) return;
  const [, name, version] = underTeacher.exec(context.req.path) ?? [];
  if (name !== undefined) await purgeTeacher(context.var.location, name, version);
};
