import { verifyEndorsement } from "@lectern/shared/artifact";
import type { KeyRegistration } from "@lectern/shared/schema";
import { ProblemError } from "../problems/problem-error.ts";

/** Checks the two signatures over the endorsement's text: the new key's own, and that of the key that vouches for it. */
export async function checkRegistration(
  owner: string,
  { publicKey, endorsedBy, endorsement, proof }: KeyRegistration,
): Promise<void> {
  const statement = { owner, from: endorsedBy, to: publicKey };
  if (!(await verifyEndorsement(statement, proof, publicKey))) {
    throw refused(
      "proof is not the new key's signature",
      "Sign the endorsement's text with the new key, too.",
    );
  }
  if ((endorsedBy === null) !== (endorsement === null)) {
    throw refused(
      "endorsedBy and endorsement go together",
      "Give both, or neither for an owner's first key.",
    );
  }
  if (endorsedBy === null || endorsement === null) return;
  if (!(await verifyEndorsement(statement, endorsement, endorsedBy))) {
    throw refused(
      `endorsement is not a signature of ${endorsedBy}`,
      "Sign the endorsement's text with that key.",
    );
  }
}

function refused(what: string, remedy: string): ProblemError {
  return new ProblemError("invalid-endorsement", `The key can't be registered: ${what}.`, remedy);
}
