import { sha256Hex } from "@lectern/shared/artifact";
import type { Kept } from "../cache/location.ts";
import { minute, unshared } from "./cache-control.ts";

/** JSON that a write may change, with the entity tag of its text, so that a client that has it already gets a 304. */
export async function describeJson(
  value: unknown,
  readAt: number,
  { isPublic = true }: { isPublic?: boolean } = {},
): Promise<Kept> {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return {
    body: body.buffer,
    headers: {
      "Content-Type": "application/json",
      "Cache-Control": isPublic ? minute : unshared,
      ETag: `"${(await sha256Hex(body)).slice(0, 32)}"`,
    },
    readAt,
  };
}
