import { createHash, randomBytes } from "node:crypto";
import { LecternError } from "@lectern/shared/errors";

/** A new bearer token: 256 random bits. Shown once; the API keeps its hash. */
export function generateToken(): string {
  return `lec_${randomBytes(32).toString("base64url")}`;
}

export interface Registration {
  token: string;
  owner: string;
  scopes?: string;
  /** Raw Ed25519 key in base64; without it the owner's first publication registers its key. */
  publicKey?: string | undefined;
}

/**
 * SQL that gives the owner the token and, if told, the signing key (in place of an earlier one). Run twice, it does no
 * more. The values are checked, so that they can stand in the text: `wrangler d1 execute` takes no parameters.
 *
 * @throws LecternError `invalid-argument` for an owner or a key of another form
 */
export function registrationSql({
  token,
  owner,
  scopes = "read publish yank admin",
  publicKey,
}: Registration): string[] {
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(owner)) {
    throw new LecternError(
      "invalid-argument",
      `The owner is ${JSON.stringify(owner)}, expected 1–64 lower-case letters, digits and hyphens.`,
      "Pass --owner ada, for example.",
    );
  }
  const hash = createHash("sha256").update(token).digest("hex");
  const now = new Date().toISOString();
  const statements = [
    `INSERT INTO tokens (hash, id, owner, scopes, label, last_four, created_at) VALUES ('${hash}', '${hash.slice(0, 16)}', '${owner}', '${scopes}', 'bootstrap', '${token.slice(-4)}', '${now}')` +
      ` ON CONFLICT DO UPDATE SET scopes = excluded.scopes`,
  ];
  if (publicKey !== undefined) {
    checkPublicKey(publicKey);
    statements.push(
      `INSERT INTO publisher_keys (owner, public_key, created_at) VALUES ('${owner}', '${publicKey}', '${now}')` +
        ` ON CONFLICT DO NOTHING`,
    );
  }
  return statements;
}

function checkPublicKey(publicKey: string): void {
  if (/^[A-Za-z0-9+/]{43}=$/.test(publicKey)) return;
  throw new LecternError(
    "invalid-argument",
    `The public key is ${JSON.stringify(publicKey)}, expected 32 bytes in base64 (44 characters).`,
    "Pass publisher.publicKey as it stands in a manifest.",
  );
}
