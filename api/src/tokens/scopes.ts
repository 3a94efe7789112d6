import type { Scope } from "@lectern/shared/schema";
import type { Caller } from "../environment.ts";
import { ProblemError } from "../problems/problem-error.ts";

/** The owner whose `admin` tokens may act for every other: made by the bootstrap, and by nothing else. */
export const operatorOwner = "operator";

const grants: Readonly<Record<string, readonly Scope[]>> = {
  read: ["read"],
  publish: ["publish", "read"],
  yank: ["yank"],
  admin: ["admin", "yank", "publish", "read"],
};

/** What these scopes allow, with what each of them includes. Unknown ones allow nothing. */
export function widenScopes(scopes: readonly string[]): ReadonlySet<string> {
  return new Set(scopes.flatMap((scope) => (Object.hasOwn(grants, scope) ? grants[scope]! : [])));
}

export function demandScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.has(scope)) return;
  throw new ProblemError(
    "insufficient-scope",
    `The token of ${caller.owner} lacks the scope ${scope}.`,
    `Use a token with the scope ${scope}.`,
    { "WWW-Authenticate": `Bearer realm="lectern", error="insufficient_scope", scope="${scope}"` },
  );
}

/** True unless the token is for other teachers only. */
export function coversName(caller: Caller, name: string): boolean {
  return caller.names === undefined || caller.names.has(name);
}

export function demandName(caller: Caller, name: string): void {
  if (coversName(caller, name)) return;
  throw new ProblemError(
    "insufficient-scope",
    `The token of ${caller.owner} is for other teachers than ${name}.`,
    "Use a token that is for this teacher, or for all of its owner's.",
  );
}

/** For what concerns an owner as a whole: keys, tokens, the audit. */
export function demandAllNames(caller: Caller): void {
  if (caller.names === undefined) return;
  throw new ProblemError(
    "insufficient-scope",
    `The token of ${caller.owner} is for some of its teachers only, and this concerns the owner as a whole.`,
    "Use a token without a restriction to names.",
  );
}

export function demandOperator(caller: Caller): void {
  if (caller.isOperator) return;
  throw new ProblemError(
    "insufficient-scope",
    "Only an operator of this API may do this.",
    `Ask its operator, who has a token of the owner ${operatorOwner} with the scope admin.`,
  );
}
