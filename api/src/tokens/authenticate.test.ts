import { describe, expect, it } from "vitest";
import { makeWeights, putWeights } from "../../test/releases.ts";
import { addToken, expectProblem, request } from "../../test/requests.ts";

const paths = ["/v1/teachers/glyphs/versions/1.0.0", `/v1/weights/${"0".repeat(64)}`];
const put = (path: string, headers: Record<string, string>) =>
  request(path, { method: "PUT", body: "{}", headers: { "Content-Type": "application/json", ...headers } });

describe("bearer tokens", () => {
  it("are asked for by every write", async () => {
    for (const path of paths) {
      const answer = await put(path, {});
      expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="lectern"');
      await expectProblem(answer, "missing-token");
    }
  });

  it("are refused when unknown, malformed, expired or revoked", async () => {
    const expired = await addToken("eve", { expiresAt: "2020-01-01T00:00:00.000Z" });
    const revoked = await addToken("mallory", { revokedAt: "2020-01-01T00:00:00.000Z" });
    const given = [
      `Bearer lec_${"u".repeat(43)}`,
      "Bearer ",
      "Bearer not-ours",
      "Basic bGVjOmxlYw==",
      `Bearer lec_${"x".repeat(5000)}`,
      "Bearer lec_' OR 1=1 --aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      `Bearer ${expired}`,
      `Bearer ${revoked}`,
    ];
    for (const path of paths) {
      for (const authorization of given) {
        const answer = await put(path, { Authorization: authorization });
        expect(answer.headers.get("WWW-Authenticate")).toContain('error="invalid_token"');
        const problem = await expectProblem(answer, "invalid-token");
        expect(JSON.stringify(problem)).not.toContain(authorization.slice(7, 40) || "never");
      }
    }
  });

  it("need the scope", async () => {
    const reader = await addToken("reader", { scopes: "read publish-not" });
    for (const path of paths) {
      const answer = await put(path, { Authorization: `Bearer ${reader}` });
      expect(answer.headers.get("WWW-Authenticate")).toContain('error="insufficient_scope"');
      await expectProblem(answer, "insufficient-scope");
    }
  });

  it("work with several scopes and until they expire", async () => {
    const token = await addToken("ada", { scopes: "read publish", expiresAt: "2999-01-01T00:00:00.000Z" });
    const answer = await putWeights(await makeWeights(), token);
    expect(answer.status).toBe(201);
    await answer.arrayBuffer();
  });
});
