import { readFile } from "node:fs/promises";
import { LecternError } from "@lectern/shared/errors";

/** Where `lectern dev` and `npm start` serve. */
export const localUrl = "http://127.0.0.1:8787";
export const apiUrl = (flag: string | undefined): string => flag ?? process.env.LECTERN_URL ?? localUrl;

/** A token from its flag, LECTERN_TOKEN, or the file that `lectern dev` leaves in this folder. */
export async function tokenFor(flag: string | undefined): Promise<string> {
  const given = flag ?? process.env.LECTERN_TOKEN;
  if (given) return given;
  const text = await readFile(".lectern/credentials.json", "utf8").catch(() => undefined);
  const token = text && (JSON.parse(text) as { token?: string }).token;
  if (token) return token;
  throw new LecternError(
    "unauthorized",
    "Publishing needs a token, and none was given.",
    "Pass --token or set LECTERN_TOKEN; with a local API run this where lectern dev runs (docs/api.md says how the first token is made).",
  );
}
