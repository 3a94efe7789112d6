import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { updateDocument } from "./document.ts";

/** The formatter aligns a table's columns. */
const unaligned = (text: string): string => text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---").trimEnd();

it("docs/second-order.md has the tables of what the tests cover; npm run docs:second-order writes them", async () => {
  const document = await readFile(new URL("../../../../docs/second-order.md", import.meta.url), "utf8");
  expect(unaligned(updateDocument(document))).toBe(unaligned(document));
});
