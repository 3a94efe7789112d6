import { expect, test } from "vitest";
import { wayOf } from "./protocol.ts";

const here = "https://teachers.example";
const digest = "0f".repeat(32);
const way = (path: string, mode: RequestMode = "cors", method = "GET") =>
  wayOf({ method, mode, url: new URL(path, here).href }, here);

test("the service worker answers for the page, its files and what the API says of teachers, and nothing else", () => {
  expect(way("/", "navigate")).toBe("page");
  expect(way("/?x=1#teacher=a@1.0.0", "navigate")).toBe("page");
  expect(way("/assets/main-OQ3FEUVV.js")).toBe("asset");
  expect(way(`/v1/weights/${digest}`)).toBe("asset");
  expect(way("/v1/teachers?limit=50")).toBe("answer");
  expect(way("/v1/teachers/glyphs/versions/1.0.0")).toBe("answer");
  expect(way("/story.json")).toBe("answer");
  // Searches would fill the cache; publishing, metrics and others' pages aren't its business.
  for (const path of [
    "/v1/teachers?limit=50&q=a",
    "/v1/results",
    "/healthz",
    "/assets/app.js",
    "/v1/teachersabc",
    "https://other.example/assets/a.js",
  ])
    expect(way(path)).toBe("leave");
  expect(way("/docs", "navigate")).toBe("leave");
  expect(way("/teachers/glyphs", "navigate")).toBe("leave");
  expect(way(`/v1/weights/${digest}`, "cors", "PUT")).toBe("leave");
});
