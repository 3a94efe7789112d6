import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { LecternError } from "@lectern/shared/errors";

export interface Login {
  token: string;
  owner?: string;
}

/** Tokens by the address that they are for; only their user may read the file. */
const loginsPath = (): string => join(homedir(), ".lectern", "logins.json");

/** Two spellings of one address are one. */
const addressOf = (url: string): string => url.replace(/\/+$/, "").toLowerCase();

export async function readLogin(url: string): Promise<Login | undefined> {
  const logins = await readLogins();
  const address = addressOf(url);
  return Object.hasOwn(logins, address) ? loginOf(JSON.stringify(logins[address])) : undefined;
}

/** @param login undefined to forget it */
export async function writeLogin(url: string, login: Login | undefined): Promise<string> {
  const path = loginsPath();
  const { [addressOf(url)]: _, ...others } = await readLogins();
  const logins = login ? { ...others, [addressOf(url)]: login } : others;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const partial = `${path}.${randomUUID()}`;
  await writeFile(partial, `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  await rename(partial, path);
  return path;
}

/** Credentials out of a JSON text: `{ "token", "owner" }`. */
export function loginOf(text: string): Login | undefined {
  try {
    const { token, owner } = JSON.parse(text) as { token?: unknown; owner?: unknown };
    if (typeof token !== "string") return undefined;
    return typeof owner === "string" ? { token, owner } : { token };
  } catch {
    return undefined;
  }
}

async function readLogins(): Promise<Record<string, unknown>> {
  const path = loginsPath();
  const text = await readFile(path, "utf8").catch(() => "{}");
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new LecternError("invalid-data", `${path} isn't JSON.`, "Delete it, and log in again.", { cause });
  }
}
