import { endorseKey, generateSigningKey } from "@lectern/shared/artifact";
import { expect } from "vitest";
import type { Scenario } from "./scenario-world.ts";
import { addToken, request } from "./requests.ts";
import { ask, bearer, newcomer, nothing, type Published, published, write } from "./scenario-world.ts";

/** A write to a teacher that was published for this run only. */
function changing(
  operation: string,
  path: (teacher: Published) => string,
  body: unknown,
  { succeeds = [200], before = nothing }: Partial<Pick<Scenario, "succeeds">> & { before?: Before } = {},
): Scenario {
  const [method = ""] = operation.split(" ");
  return {
    operation,
    prepare: async (n) => {
      const teacher = await published(n);
      await before(teacher);
      return write(method, path(teacher), teacher.token, body);
    },
    succeeds,
  };
}

type Before = (teacher: Published) => Promise<void>;

/** Sends it now, and expects it to go well. */
async function send(make: () => Request): Promise<Response> {
  const { url, method, headers, body } = make();
  const answer = await request(new URL(url).pathname, { method, headers, body: body as BodyInit | null });
  expect(answer.status, `${method} ${url}`).toBeLessThan(300);
  return answer;
}

const version = ({ name }: Published) => `/v1/teachers/${name}/versions/1.0.0`;
let operatorToken: Promise<string> | undefined;
const operator = () => (operatorToken ??= addToken("operator", { scopes: "admin" }));

const offer: Before = async ({ name, token }) => {
  await addToken(`${name}-heir`, { scopes: "admin" });
  await (await send(write("PUT", `/v1/teachers/${name}/transfer`, token, { to: `${name}-heir` }))).text();
};

async function begunUpload(n: number) {
  const { token, weights } = await newcomer(n);
  const { sha256, bytes } = weights;
  const begin = write("POST", "/v1/uploads", token, { sha256, bytes: bytes.length });
  const { id } = await (await send(begin)).json<{ id: string }>();
  const part = ask(`/v1/uploads/${id}/parts/1`, {
    method: "PUT",
    headers: { ...bearer(token), "Content-Type": "application/octet-stream" },
    body: bytes,
  });
  return { token, begin, id, part };
}

export const writeScenarios: readonly Scenario[] = [
  changing("PUT /v1/teachers/{name}/versions/{version}/yank", (t) => `${version(t)}/yank`, {
    yanked: true,
    reason: "diverges",
  }),
  changing("PUT /v1/teachers/{name}/versions/{version}/deprecation", (t) => `${version(t)}/deprecation`, {
    message: "Use 2.0.0",
  }),
  {
    operation: "PUT /v1/teachers/{name}/versions/{version}/removal",
    prepare: async (n) =>
      write("PUT", `${version(await published(n))}/removal`, await operator(), { reason: "court order" }),
    // Removed is removed.
    succeeds: [200, 410],
  },
  changing("GET /v1/teachers/{name}/tags", ({ name }) => `/v1/teachers/${name}/tags`, undefined),
  changing("PUT /v1/teachers/{name}/tags/{tag}", ({ name }) => `/v1/teachers/${name}/tags/beta`, {
    version: "1.0.0",
  }),
  changing(
    "DELETE /v1/teachers/{name}/tags/{tag}",
    ({ name }) => `/v1/teachers/${name}/tags/beta`,
    undefined,
    {
      // Gone already is as good as gone.
      succeeds: [200, 404],
      before: async ({ name, token }) =>
        void (await send(write("PUT", `/v1/teachers/${name}/tags/beta`, token, { version: "1.0.0" }))),
    },
  ),
  changing("PUT /v1/teachers/{name}/visibility", ({ name }) => `/v1/teachers/${name}/visibility`, {
    visibility: "private",
  }),
  {
    operation: "PUT /v1/teachers/{name}/transfer",
    prepare: async (n) => {
      const { name, token } = await published(n);
      await addToken(`${name}-heir`, { scopes: "admin" });
      return write("PUT", `/v1/teachers/${name}/transfer`, token, { to: `${name}-heir` });
    },
    succeeds: [200],
  },
  changing("DELETE /v1/teachers/{name}/transfer", ({ name }) => `/v1/teachers/${name}/transfer`, undefined, {
    succeeds: [200, 404],
    before: offer,
  }),
  {
    operation: "POST /v1/teachers/{name}/transfer/acceptance",
    prepare: async (n) => {
      const { name, token } = await published(n);
      const heir = await addToken(`${name}-heir`, { scopes: "admin" });
      await send(write("PUT", `/v1/teachers/${name}/transfer`, token, { to: `${name}-heir` }));
      return write("POST", `/v1/teachers/${name}/transfer/acceptance`, heir);
    },
    succeeds: [200, 404],
  },
  changing("GET /v1/owners/{owner}/keys", ({ owner }) => `/v1/owners/${owner}/keys`, undefined),
  {
    operation: "PUT /v1/owners/{owner}/keys",
    prepare: async (n) => {
      const { owner, key, token } = await published(n);
      const next = await generateSigningKey();
      const step = { owner, from: key.publicKey, to: next.publicKey };
      return write("PUT", `/v1/owners/${owner}/keys`, token, {
        publicKey: next.publicKey,
        endorsedBy: key.publicKey,
        endorsement: await endorseKey(step, key),
        proof: await endorseKey(step, next),
      });
    },
    succeeds: [200, 201],
  },
  {
    operation: "PUT /v1/owners/{owner}/revocations",
    prepare: async (n) => {
      const { owner, key, token } = await published(n);
      return write("PUT", `/v1/owners/${owner}/revocations`, token, {
        publicKey: key.publicKey,
        reason: "stolen",
      });
    },
    succeeds: [200],
  },
  changing("GET /v1/whoami", () => "/v1/whoami", undefined),
  changing("GET /v1/tokens", () => "/v1/tokens", undefined),
  changing("GET /v1/audit", () => "/v1/audit", undefined),
  changing("POST /v1/tokens", () => "/v1/tokens", { label: "ci", scopes: ["read"] }, { succeeds: [201] }),
  {
    operation: "DELETE /v1/tokens/{id}",
    prepare: async (n) => {
      const { token } = await newcomer(n);
      const made = await send(write("POST", "/v1/tokens", token, { scopes: ["read"] }));
      const { id } = await made.json<{ id: string }>();
      return write("DELETE", `/v1/tokens/${id}`, token);
    },
    succeeds: [200, 204],
  },
  {
    operation: "POST /v1/uploads",
    prepare: async (n) => {
      const { token, weights } = await newcomer(n);
      return write("POST", "/v1/uploads", token, { sha256: weights.sha256, bytes: weights.bytes.length });
    },
    succeeds: [200, 201],
  },
  {
    operation: "GET /v1/uploads/{id}",
    prepare: async (n) => {
      const { id, token } = await begunUpload(n);
      return ask(`/v1/uploads/${id}`, { headers: bearer(token) });
    },
    succeeds: [200],
  },
  {
    operation: "PUT /v1/uploads/{id}/parts/{part}",
    prepare: async (n) => (await begunUpload(n)).part,
    succeeds: [200],
  },
  {
    operation: "POST /v1/uploads/{id}/completion",
    prepare: async (n) => {
      const { id, token, part } = await begunUpload(n);
      await send(part);
      return write("POST", `/v1/uploads/${id}/completion`, token);
    },
    // The upload is no more once its weights are stored.
    succeeds: [200, 201, 404],
  },
  {
    operation: "DELETE /v1/uploads/{id}",
    prepare: async (n) => {
      const { id, token, part } = await begunUpload(n);
      await send(part);
      return write("DELETE", `/v1/uploads/${id}`, token);
    },
    succeeds: [204, 404],
  },
  changing(
    "POST /v1/teachers/{name}/versions/{version}/emit",
    (t) => `${version(t)}/emit`,
    { state: [0.5, 0.5, 1, 0.5, 0.1, 1] },
    { succeeds: [200] },
  ),
];
