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
 * @throws ProblemError `invalid-token` for a private teacher and a token that isn't valid
 */
export async function mayRead(context: ApiContext, { name, owner, visibility }: Readable): Promise<boolean> {
  if (visibility === "public") return true;
  const caller = await readCaller(context);
  if (caller === undefined || !caller.scopes.has("read")) return false;
  return caller.isOperator || (caller.owner === owner && coversName(caller, name));
}
