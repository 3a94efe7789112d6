import { verifySignature } from "./verify-signature.ts";

/**
 * What a key signs to vouch for another of the same owner. No manifest: those are JSON. Each line is of a fixed form, so
 * that two different endorsements never have the same text.
 */
export const endorsementText = (owner: string, from: string | null, to: string): string =>
  `lectern key\nowner ${owner}\nfrom ${from}\nto ${to}`;

/** True if `signer` signed that text. */
export const verifyEndorsement = (
  { owner, from, to }: { owner: string; from: string | null; to: string },
  signature: string,
  signer: string,
): Promise<boolean> => verifySignature(endorsementText(owner, from, to), signature, signer);
