import { readFile } from "node:fs/promises";
import { Option } from "commander";
import { isLecternError, LecternError } from "@lectern/shared/errors";
import { positive } from "./flags.ts";

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

/** A token from its flag, LECTERN_TOKEN, or the file that `lectern dev` leaves in this folder. */
export async function tokenFor(flag: string | undefined): Promise<string> {
  const given = flag ?? process.env.LECTERN_TOKEN;
  if (given) return given;
  const token = tokenOf(await readFile(".lectern/credentials.json", "utf8").catch(() => "{}"));
  if (token) return token;
  throw new LecternError(
    "unauthorized",
    "Publishing needs a token, and none was given.",
    "Pass --token or set LECTERN_TOKEN; with a local API run this where lectern dev runs (docs/api.md says how the first token is made).",
  );
}

function tokenOf(text: string): string | undefined {
  try {
    const { token } = JSON.parse(text) as { token?: unknown };
    return typeof token === "string" ? token : undefined;
  } catch {
    return undefined;
  }
}
