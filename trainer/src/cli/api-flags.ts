import { readFile } from "node:fs/promises";
import { Option } from "commander";
import { manage } from "@lectern/client/manage";
import { isLecternError, LecternError } from "@lectern/shared/errors";
import { positive } from "./flags.ts";
import { type Login, loginOf, readLogin } from "./logins.ts";

/** Where `lectern dev` and `npm start` serve. */
export const localUrl = "http://127.0.0.1:8787";
/** @throws LecternError `invalid-argument` if what was given is no address */
export function apiUrl(flag: string | undefined): string {
  const url = flag ?? process.env.LECTERN_URL ?? localUrl;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new LecternError(
    "invalid-argument",
    `The API's address is ${JSON.stringify(url)}, expected one that starts with http:// or https://.`,
    `Pass --url ${localUrl}, say, or set LECTERN_URL.`,
  );
}

/** Of publish, pull and list. */
export const urlOption = (): Option => new Option("--url <url>", "of the API (or set LECTERN_URL)");
export const tokenOption = (): Option =>
  new Option("--token <token>", "bearer token (or set LECTERN_TOKEN, or lectern login)");
export const timeoutOption = (): Option =>
  new Option("--timeout <seconds>", "how long to wait for an answer, and for each further piece of it")
    .argParser(positive)
    .default(10);

/** What a caller of `@lectern/client/connect` is told, in the words of the command. */
export async function askApi<Answer>(ask: Promise<Answer>): Promise<Answer> {
  try {
    return await ask;
  } catch (error) {
    if (!isLecternError(error) || error.code !== "timeout") throw error;
    const problem = error.message.slice(0, -error.remedy.length).trimEnd();
    throw new LecternError("timeout", problem, "Try again later, or pass a longer --timeout.", {
      cause: error,
    });
  }
}

/**
 * A token from its flag, LECTERN_TOKEN, `lectern login` at this address, or the file that `lectern dev` leaves in this
 * folder; with its owner, where that is written down.
 */
export async function credentialsFor(flag: string | undefined, url: string): Promise<Login> {
  const given = flag ?? process.env.LECTERN_TOKEN;
  if (given) return { token: given };
  const login =
    (await readLogin(url)) ?? (isThisMachine(url) ? loginOf(await readDevCredentials()) : undefined);
  if (login) return login;
  throw new LecternError(
    "unauthorized",
    "Publishing needs a token, and none was given.",
    "Pass --token, set LECTERN_TOKEN, or log in with lectern login; with a local API run this where lectern dev runs (docs/api.md says how the first token is made).",
  );
}

/** The file is of the API that `lectern dev` runs here: its token is nobody else's business. */
const isThisMachine = (url: string): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
const readDevCredentials = (): Promise<string> =>
  readFile(".lectern/credentials.json", "utf8").catch(() => "{}");

/** What a command needs to act on an API as an owner. */
export async function openManagement(flags: { url?: string; timeout: number; token?: string }) {
  const url = apiUrl(flags.url);
  const { token } = await credentialsFor(flags.token, url);
  return { url, token, management: manage(url, { token, timeoutMs: 1000 * flags.timeout }) };
}

/** `name@version`, of a version that exists: yanking and tagging take no ranges. */
export function parseRelease(text: string): { name: string; version: string } {
  const [, name, version] = /^([a-z][a-z0-9-]*)@(\d[\w.-]*)$/.exec(text) ?? [];
  if (name && version) return { name, version };
  throw new LecternError(
    "invalid-argument",
    `The release is ${JSON.stringify(text)}, expected a name and an exact version.`,
    "Write glyphs@1.2.0, say.",
  );
}
