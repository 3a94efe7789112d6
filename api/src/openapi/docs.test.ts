import { expect, it } from "vitest";
import { request } from "../../test/requests.ts";
import { problemKinds } from "../problems/kinds.ts";

it("shows every operation of the document, and asks nobody else for anything", async () => {
  const answer = await request("/docs");
  expect(answer.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
  expect(answer.headers.get("Content-Security-Policy")).toMatch(
    /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'/,
  );
  const page = await answer.text();
  const document = await (
    await request("/openapi.json")
  ).json<{ paths: Record<string, Record<string, { summary?: string }>> }>();
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, { summary }] of Object.entries(item)) {
      expect(page).toContain(`<code>${method.toUpperCase()} ${path}</code>`);
      expect(summary, `${method} ${path}`).toMatch(/./);
    }
  expect(page).not.toMatch(/<script|src=|@import|<link/);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const hrefs = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  expect(hrefs.filter((id) => !ids.includes(id))).toEqual([]);
});

it("leads from every problem's type to its place", async () => {
  const page = await (await request("/docs")).text();
  for (const kind of Object.keys(problemKinds)) {
    const answer = await request(`/problems/${kind}`);
    expect([answer.status, answer.headers.get("Location")]).toEqual([302, `/docs#problem-${kind}`]);
    expect(page).toContain(`id="problem-${kind}"`);
  }
  expect((await request("/problems/toString")).status).toBe(404);
});
