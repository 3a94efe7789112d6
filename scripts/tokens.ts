import { createHash, randomBytes } from "node:crypto";
import { namePattern } from "@lectern/shared/artifact";
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
 * SQL that gives the owner the token and, if told, a signing key that none of the earlier ones has endorsed. Run twice, it
 * does no more. The values are checked, so that they can stand in the text: `wrangler d1 execute` takes no parameters.
 *
 * @throws LecternError `invalid-argument` for an owner or a key of another form
 */
export function registrationSql({
  token,
  owner,
  scopes = "read publish yank admin",
  publicKey,
}: Registration): string[] {
  if (!namePattern.test(owner)) {
    throw new LecternError(
      "invalid-argument",
      `The owner is ${JSON.stringify(owner)}, expected 2–64 lower-case letters, digits and single hyphens.`,
      "Pass --owner ada, for example.",
    );
  }
  if (!/^(read|publish|yank|admin)( (read|publish|yank|admin))*$/.test(scopes)) {
    throw new LecternError(
      "invalid-argument",
      `The scopes are ${JSON.stringify(scopes)}, expected some of read, publish, yank and admin, with blanks between.`,
      'Pass --scopes "read publish", for example.',
    );
  }
  const hash = createHash("sha256").update(token).digest("hex");
  const now = new Date().toISOString();
  const id = hash.slice(0, 16);
  // As the API's own writes are: in the audit, by the operator, who alone can run this.
  const trace = (action: string, subject: string, detail: string, known: string) =>
    `INSERT INTO audit (at, owner, action, subject, request_id, concerns, detail)` +
    ` SELECT '${now}', 'operator', '${action}', '${subject}', 'bootstrap', '${owner}', '${detail}'` +
    ` WHERE NOT EXISTS (SELECT 1 FROM ${known})`;
  const statements = [
    trace("token.create", id, scopes, `tokens WHERE hash = '${hash}'`),
    `INSERT INTO tokens (hash, id, owner, scopes, label, last_four, created_at) VALUES ('${hash}', '${id}', '${owner}', '${scopes}', 'bootstrap', '${token.slice(-4)}', '${now}')` +
      ` ON CONFLICT DO UPDATE SET scopes = excluded.scopes`,
  ];
  if (publicKey !== undefined) {
    checkPublicKey(publicKey);
    statements.push(
      trace(
        "key.register",
        publicKey,
        "endorsed by none",
        `publisher_keys WHERE owner = '${owner}' AND public_key = '${publicKey}'`,
      ),
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
