import { env } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import documentation from "../../docs/api.md?raw";
import { addToken, expectProblem, request } from "../test/requests.ts";
import { problemKinds } from "./problems/kinds.ts";

describe("paths and methods", () => {
  it("answers 404 to unknown paths", async () => {
    for (const path of [
      "/v1",
      "/v1/",
      "/v1/nothing",
      "/nothing",
      "/v1/teachers/",
      "/v1/teachers/a-b/versions",
    ]) {
      const { detail } = await expectProblem(await request(path), "unknown-route");
      expect(detail).toContain(`GET ${path}`);
    }
    await expectProblem(await request("/nothing", { method: "POST" }), "unknown-route");
  });

  it.each([
    ["/healthz", "POST", "GET, HEAD, OPTIONS"],
    ["/v1/teachers", "DELETE", "GET, HEAD, OPTIONS"],
    ["/v1/teachers/glyphs", "PUT", "GET, HEAD, OPTIONS"],
    ["/v1/teachers/glyphs/versions/1.0.0", "PATCH", "GET, HEAD, PUT, OPTIONS"],
    [`/v1/weights/${"0".repeat(64)}`, "DELETE", "GET, HEAD, PUT, OPTIONS"],
    ["/openapi.json", "PUT", "GET, HEAD, OPTIONS"],
  ])("%s answers 405 to %s", async (path, method, allow) => {
    const answer = await request(path, { method });
    expect(answer.headers.get("Allow")).toBe(allow);
    await expectProblem(answer, "method-not-allowed");
  });

  it("survives paths that can't be decoded", async () => {
    const answer = await request("/v1/teachers/%E0%A4%A");
    await expectProblem(answer, "invalid-request");
  });
});

describe("CORS", () => {
  it("lets any page read, errors too, and see what it needs", async () => {
    for (const path of ["/v1/teachers", "/healthz", "/openapi.json", "/v1/teachers/nobody", "/v1/nothing"]) {
      const answer = await request(path, { headers: { Origin: "https://page.test" } });
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
      const exposed = answer.headers.get("Access-Control-Expose-Headers")!.split(",");
      expect(exposed).toEqual(expect.arrayContaining(["ETag", "X-Request-Id"]));
      expect(answer.headers.get("X-Request-Id")).toMatch(/^[0-9a-f-]{36}$/);
      await answer.text();
    }
  });

  it("answers preflights for reads and reports, and allows no writes", async () => {
    const answer = await request("/v1/teachers/glyphs/versions/latest", {
      method: "OPTIONS",
      headers: {
        Origin: "https://page.test",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
      },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(answer.headers.get("Access-Control-Allow-Methods")).toBe("GET,HEAD,POST,OPTIONS");
    expect(answer.headers.get("Access-Control-Allow-Headers")).toContain("If-None-Match");
    expect(answer.headers.get("Access-Control-Max-Age")).toBe("86400");
  });
});

describe("GET /openapi.json", () => {
  it("describes every route of the contract, with each path once", async () => {
    const document = await (
      await request("/openapi.json")
    ).json<{
      openapi: string;
      paths: Record<string, Record<string, { responses: Record<string, unknown>; security?: unknown }>>;
      components: { securitySchemes: unknown };
    }>();
    expect(document.openapi).toBe("3.1.0");
    const operations = Object.entries(document.paths).map(([path, item]) => [path, Object.keys(item)]);
    expect(Object.fromEntries(operations)).toEqual({
      "/healthz": ["get"],
      "/readyz": ["get"],
      "/v1/teachers": ["get"],
      "/v1/teachers/{name}": ["get"],
      "/v1/teachers/{name}/versions/{version}": ["get", "put"],
      "/v1/teachers/{name}/versions/{version}/emit": ["post"],
      "/v1/weights/{sha256}": ["get", "put"],
      "/v1/uploads": ["post"],
      "/v1/uploads/{id}": ["get", "delete"],
      "/v1/uploads/{id}/parts/{part}": ["put"],
      "/v1/uploads/{id}/completion": ["post"],
      "/v1/teachers/{name}/versions/{version}/yank": ["put"],
      "/v1/teachers/{name}/versions/{version}/deprecation": ["put"],
      "/v1/teachers/{name}/versions/{version}/removal": ["put"],
      "/v1/teachers/{name}/tags": ["get"],
      "/v1/teachers/{name}/tags/{tag}": ["put", "delete"],
      "/v1/teachers/{name}/visibility": ["put"],
      "/v1/teachers/{name}/transfer": ["put", "delete"],
      "/v1/teachers/{name}/transfer/acceptance": ["post"],
      "/v1/owners/{owner}/keys": ["get", "put"],
      "/v1/owners/{owner}/revocations": ["put"],
      "/v1/whoami": ["get"],
      "/v1/tokens": ["post", "get"],
      "/v1/tokens/{id}": ["delete"],
      "/v1/audit": ["get"],
      "/v1/teachers/{name}/results": ["post", "get"],
      "/teachers/{name}/results": ["get"],
    });
    const put = document.paths["/v1/teachers/{name}/versions/{version}"]!.put!;
    expect(Object.keys(put.responses)).toEqual([
      "200",
      "201",
      "400",
      "401",
      "403",
      "409",
      "410",
      "413",
      "415",
      "422",
      "429",
    ]);
    expect(put.security).toEqual([{ token: [] }]);
    expect(put).toMatchObject({
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: { type: "object", required: ["manifest", "signature", "publicKey"] },
          },
        },
      },
    });
    expect(document.components.securitySchemes).toMatchObject({ token: { type: "http", scheme: "bearer" } });
  });
});

describe("a failure inside", () => {
  it("tells the caller nothing but the request's id, which the log explains", async () => {
    const token = await addToken("ada");
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    // Of what is kept nothing would be noticed: a list that nobody has asked for.
    await env.DB.exec("DROP TABLE releases");
    await env.DB.exec("DROP TABLE audit");
    const { requestId } = await expectProblem(await request("/v1/teachers?limit=7"), "internal");
    expect(log).toHaveBeenCalledOnce();
    const line = JSON.parse(String(log.mock.calls[0]?.[0])) as Record<string, string>;
    expect(line.requestId).toBe(requestId);
    expect(line.error).toContain("releases");
    await expectProblem(await request("/v1/teachers/glyphs/versions/latest"), "internal");
    await env.DB.exec("DROP TABLE tokens");
    const write = await request(`/v1/weights/${"0".repeat(64)}`, {
      method: "PUT",
      body: "x",
      headers: { Authorization: `Bearer ${token}` },
    });
    await expectProblem(write, "internal");
    expect(JSON.stringify(log.mock.calls)).not.toContain(token);
    log.mockRestore();
  });
});

it("documents every kind of problem", () => {
  for (const [kind, { status }] of Object.entries(problemKinds)) {
    expect(documentation, kind).toMatch(new RegExp(`\\| ${status} +\\|[^\n]*\`${kind}\``));
  }
});
