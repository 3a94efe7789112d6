import { mkdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import {
  exportSigningKey,
  generateSigningKey,
  importSigningKey,
  type SigningKey,
} from "@lectern/shared/artifact";
import { LecternError } from "@lectern/shared/errors";
import { writeAtomically } from "../storage/index.ts";

export const defaultKeyPath = (): string =>
  process.env.LECTERN_KEY ?? join(homedir(), ".lectern", "signing-key.json");

/**
 * The publisher's Ed25519 key, from its file; the first time a new one is made there, readable by its owner alone.
 * Whoever has it can sign as the publisher: back it up, and keep it out of repositories.
 */
export async function openSigningKey(path: string): Promise<{ key: SigningKey; created: boolean }> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) {
    const key = await generateSigningKey();
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeAtomically(path, `${JSON.stringify(await exportSigningKey(key))}\n`, { mode: 0o600 });
    return { key, created: true };
  }
  try {
    return { key: await importSigningKey(JSON.parse(text)), created: false };
  } catch (cause) {
    throw new LecternError(
      "invalid-data",
      `${path} isn't a signing key.`,
      "Restore it from your backup, or pass another with --key.",
      { cause },
    );
  }
}
