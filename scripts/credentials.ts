import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import { generateToken } from "./tokens.ts";

export interface Credentials {
  owner: string;
  token: string;
}

/**
 * The local API's credentials, made on first use. Only their user may read the file.
 *
 * @throws LecternError `invalid-data` for a file of another form
 */
export async function openCredentials(file: string): Promise<Credentials> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw unreadable(file, error);
    return makeCredentials(file);
  }
  try {
    const { owner, token } = JSON.parse(text) as Credentials;
    if (typeof owner !== "string" || !/^lec_[\w-]{20,}$/.test(token)) throw new TypeError("not credentials");
    return { owner, token };
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function makeCredentials(file: string): Promise<Credentials> {
  const credentials = { owner: "local", token: generateToken() };
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, file);
  return credentials;
}

function unreadable(file: string, cause: unknown): LecternError {
  return new LecternError(
    "invalid-data",
    `${file} can't be read as { "owner", "token" }.`,
    "Delete it: the next start makes a new token.",
    { cause },
  );
}
