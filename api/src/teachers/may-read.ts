import type { ApiContext } from "../environment.ts";
import { readCaller } from "../tokens/authenticate.ts";
import { coversName } from "../tokens/scopes.ts";

export interface Readable {
  name: string;
  owner: string;
  visibility: "public" | "private";
}

/**
 * Whether whoever asks may read this teacher: a public one everybody, whatever their token; a private one its owner's
 * tokens that have the scope `read` and cover the name. To all others a private teacher doesn't exist.
 *
 * @param teacher undefined where there is none
 * @throws ProblemError `invalid-token` for a token that isn't valid, where the teacher is private or there is none: told
 * of private ones only, it would say which there are
 */
export async function mayRead(context: ApiContext, teacher: Readable | undefined): Promise<boolean> {
  if (teacher?.visibility === "public") return true;
  const caller = await readCaller(context);
  if (teacher === undefined) return false;
  const { name, owner } = teacher;
  if (caller === undefined || !caller.scopes.has("read")) return false;
  return coversName(caller, name) && (caller.isOperator || caller.owner === owner);
}
