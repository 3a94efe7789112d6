import { createExecutionContext, env } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { addToken, expectProblem } from "../../test/requests.ts";
import { createApp } from "../app.ts";
import type { Bindings } from "../environment.ts";
import { describeApi } from "../openapi/document.ts";

const app = createApp();
const { paths } = describeApi(app);
let token: string;

beforeAll(async () => {
  token = await addToken("ada", { scopes: "read publish yank admin" });
});

interface Taker {
  method: string;
  path: string;
  type: string;
}

/** Every operation that the API's own document gives a body. */
const takers: Taker[] = Object.entries(paths ?? {}).flatMap(([path, operations]) =>
  Object.entries(operations as Record<string, { requestBody?: { content: Record<string, unknown> } }>)
    .filter(([, operation]) => operation.requestBody !== undefined)
    .map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      type: Object.keys(operation.requestBody!.content)[0]!,
    })),
);

const chunk = new Uint8Array(256 * 1024).fill(0x20);

/** Sends a body that goes on for ever, and counts what is taken of it. */
async function sendForEver({ method, path, type }: Taker, headers: Record<string, string>) {
  const filled = path
    .replace("{sha256}", "0".repeat(64))
    .replace("{name}", "glyphs")
    .replace("{version}", "1.0.0")
    .replace("{tag}", "beta")
    .replace("{id}", "00000000-0000-4000-8000-000000000000")
    .replace("{part}", "1");
  let taken = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        taken += chunk.length;
        controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
  const answer = await app.fetch(
    new Request(`https://api.test${filled}`, {
      method,
      body,
      headers: { "Content-Type": type, Authorization: `Bearer ${token}`, ...headers },
    }),
    env as unknown as Bindings,
    createExecutionContext(),
  );
  return { answer, taken: () => taken };
}

describe("every route that takes a body", () => {
  it("is in this test", () => {
    expect(takers.length).toBeGreaterThanOrEqual(12);
  });

  it.each(takers)("$method $path refuses one that says it is too long before it reads any", async (taker) => {
    const { answer, taken } = await sendForEver(taker, { "Content-Length": "99999999999" });
    await expectProblem(answer, "body-too-large");
    expect(taken()).toBe(0);
  });

  it.each(takers)("$method $path stops reading one that doesn't end", async (taker) => {
    const { answer, taken } = await sendForEver(taker, {});
    await expectProblem(answer, "body-too-large");
    expect(taken()).toBeLessThanOrEqual(33 * 1024 * 1024);
  });

  it.each(takers)("$method $path reads none of what has another type", async (taker) => {
    const { answer, taken } = await sendForEver({ ...taker, type: "text/html" }, {});
    await expectProblem(answer, "unsupported-media-type");
    expect(taken()).toBe(0);
  });
});
