import { conform, readKeyList, type Sample } from "@lectern/shared/artifact";
import type {
  KeyList,
  KeyRegistration,
  NewToken,
  ReleaseState,
  Scope,
  TagList,
  TokenInfo,
  TokenList,
} from "@lectern/shared/schema";
import { requestAnswer } from "./request-json.ts";
import { openTransport, type TransportOptions } from "./transport.ts";

export interface ManageOptions extends TransportOptions {
  /** Bearer token. */
  token: string;
}

export interface TokenWish {
  scopes: readonly Scope[];
  label?: string;
  /** The only teachers that it is for. */
  names?: readonly string[];
  /** RFC 3339. */
  expiresAt?: string;
}

/** What the holder of a token can do with teachers, keys and tokens. Each may be repeated after a failure. */
export interface Management {
  whoAmI(): Promise<TokenInfo>;
  listTokens(): Promise<readonly TokenInfo[]>;
  /** The only time that a token's text is seen. */
  createToken(wish: TokenWish): Promise<NewToken>;
  revokeToken(id: string): Promise<TokenInfo>;
  listKeys(owner: string): Promise<KeyList>;
  registerKey(owner: string, registration: KeyRegistration): Promise<KeyList>;
  revokeKey(owner: string, publicKey: string, reason: string): Promise<KeyList>;
  yank(name: string, version: string, change: { yanked: boolean; reason: string }): Promise<ReleaseState>;
  /** @param message null takes it back */
  deprecate(name: string, version: string, message: string | null): Promise<ReleaseState>;
  listTags(name: string): Promise<TagList>;
  setTag(name: string, tag: string, version: string): Promise<TagList>;
  deleteTag(name: string, tag: string): Promise<TagList>;
}

const any = "[^]*";
const token = {
  id: "[0-9a-f]{16}",
  owner: any,
  label: any,
  scopes: [any],
  lastFour: any,
  createdAt: any,
} as const;
const state = { name: any, version: any } as const;

/**
 * Tokens, keys, tags and the states of releases, on an API.
 *
 * @param url of the API
 * @throws LecternError `invalid-argument` for an address that can't be; each question what {@link publishTeacher} throws
 * @example
 * ```ts
 * const { yank } = manage("https://teachers.example", { token: process.env.LECTERN_TOKEN });
 * await yank("glyphs", "1.2.0", { yanked: true, reason: "Trained on the test split." });
 * ```
 */
export function manage(url: string, { token: secret, ...options }: ManageOptions): Management {
  const transport = openTransport(url, options);
  const ask = <Answer>(method: string, path: string, sample: Sample, body?: unknown): Promise<Answer> =>
    requestAnswer(
      transport,
      path,
      (value) => {
        conform(value, sample, "answer");
        return value as Answer;
      },
      // The token is for this address: a redirect must not carry it elsewhere.
      () => ({
        method,
        redirect: "manual",
        headers: {
          authorization: `Bearer ${secret}`,
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
  const asKeys = async (answer: Promise<unknown>) => readKeyList(await answer);
  const teacher = (name: string) => `/v1/teachers/${encodeURIComponent(name)}`;
  const release = (name: string, version: string) =>
    `${teacher(name)}/versions/${encodeURIComponent(version)}`;
  const owner = (name: string) => `/v1/owners/${encodeURIComponent(name)}`;
  return {
    whoAmI: () => ask("GET", "/v1/whoami", token),
    listTokens: async () => (await ask<TokenList>("GET", "/v1/tokens", { tokens: [token] })).tokens,
    createToken: (wish) => ask("POST", "/v1/tokens", { ...token, token: "lec_.+" }, wish),
    revokeToken: (id) => ask("DELETE", `/v1/tokens/${encodeURIComponent(id)}`, token),
    listKeys: (name) => asKeys(ask("GET", `${owner(name)}/keys`, {})),
    registerKey: (name, registration) => asKeys(ask("PUT", `${owner(name)}/keys`, {}, registration)),
    revokeKey: (name, publicKey, reason) =>
      asKeys(ask("PUT", `${owner(name)}/revocations`, {}, { publicKey, reason })),
    yank: (name, version, change) => ask("PUT", `${release(name, version)}/yank`, state, change),
    deprecate: (name, version, message) =>
      ask("PUT", `${release(name, version)}/deprecation`, state, { message }),
    listTags: (name) => ask("GET", `${teacher(name)}/tags`, { tags: {} }),
    setTag: (name, tag, version) =>
      ask("PUT", `${teacher(name)}/tags/${encodeURIComponent(tag)}`, { tags: {} }, { version }),
    deleteTag: (name, tag) => ask("DELETE", `${teacher(name)}/tags/${encodeURIComponent(tag)}`, { tags: {} }),
  };
}
