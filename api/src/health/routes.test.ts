import { env } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { expectProblem, request } from "../../test/requests.ts";

describe("health", () => {
  it("answers that the Worker runs, and that its storage does", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      const answer = await request(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
      expect(await answer.json()).toEqual({ status: "ok" });
    }
  });

  it("is not ready while the database lacks its tables, and runs all the same", async () => {
    await env.DB.exec("DROP TABLE releases");
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await expectProblem(await request("/readyz"), "not-ready");
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
    expect((await request("/healthz")).status).toBe(200);
  });
});
