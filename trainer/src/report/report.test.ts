import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluationTable } from "@lectern/shared/schema";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluationResult, parseEvaluationResult, toEvaluationTable } from "../evaluate/index.ts";
import { conclusionsOf, toHtmlReport, toMarkdownTable, toTextTable, writeReport } from "./index.ts";
import { lossCurve, fixedLossesOf } from "./loss-picture.ts";
import { formatP } from "./row.ts";
import { resultFixture } from "./result.fixture.ts";

test("the fixture is a result, and its table one that a manifest takes", () => {
  expect(evaluationResult.parse(resultFixture)).toEqual(resultFixture);
  const table = toEvaluationTable(resultFixture);
  expect(evaluationTable.parse(table)).toEqual(table);
  expect(table.rows[0]).toMatchObject({ pValue: null, error: { mean: 7.5 } });
  expect(table.rows[1]).toMatchObject({ loss: "cross-entropy", learningRate: 0.424264, pValue: 0.00004 });
  expect(table.rows[2]!.parameters).toEqual({ epsilon: 0.1 });
});

describe("tables", () => {
  const plain = {
    ...resultFixture,
    contenders: resultFixture.contenders.map((c, i) =>
      i === 0 ? Object.assign({}, c, { label: "teacher" }) : c,
    ),
  };

  test("as text: aligned columns, change and p against each rival", () => {
    const lines = toTextTable(plain).split("\n");
    const at = lines.findIndex((line) => line.startsWith("loss"));
    expect(lines.slice(at, at + 5).map((line) => line.replaceAll("\u00a0", " "))).toEqual([
      "loss                                rate  parameter   test % ± 95 %  teacher        p  lower on",
      "───────────────────────────────────────────────────────────────────────────────────────────────",
      "teacher                            0.424                7.50 ± 6.35",
      "cross-entropy                      0.424                9.50 ± 6.35  −21.1 %  <0.0001    2 of 2",
      "label smoothing + dev data  0.424 (edge)  ε 0.1      52.50 ± 603.50  −85.7 %    0.520    1 of 2",
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test("as Markdown: as many cells in every line, bars escaped", () => {
    const label = { label: "a|b" };
    const markdown = toMarkdownTable({
      ...plain,
      contenders: plain.contenders.map((c, i) => (i === 1 ? Object.assign({}, c, label) : c)),
    });
    const rows = markdown.split("\n").filter((line) => line.startsWith("|"));
    expect(rows).toHaveLength(5);
    expect(new Set(rows.map((row) => row.replaceAll("\\|", "").split("|").length)).size).toBe(1);
    expect(markdown).toContain("a\\|b");
  });

  test("conclusions name the best fixed loss, the rival with more data, edges and divergence", () => {
    expect(conclusionsOf(plain).map((s) => s.replaceAll("\u00a0", " "))).toEqual([
      "teacher against cross-entropy, the best tuned fixed loss: 7.50 % and 9.50 % test error, 21.1 % lower; p < 0.0001, lower on 2 of 2 seeds.",
      "teacher against label smoothing + dev data, the best rival with the teacher's data: 7.50 % and 52.50 % test error, no clear difference (−85.7 %); p = 0.520, lower on 1 of 2 seeds.",
      "Tuning ended at the edge of what it may widen to for label smoothing + dev data: trust those rows less.",
      "label smoothing + dev data: 1 student diverged, counted as 100 % error.",
    ]);
  });

  test("p is never shown as 0", () => {
    expect([0, 0.00099, 0.0123, 0.5].map(formatP)).toEqual(["<0.0001", "0.0010", "0.012", "0.500"]);
  });
});

describe("the HTML report", () => {
  const html = toHtmlReport(resultFixture);

  test("is well-formed: every element is closed in order", () => {
    const open: string[] = [];
    const body = html.replace("<!doctype html>", "").replace(/<style>[^]*?<\/style>/, "");
    for (const [, close, name] of body.matchAll(/<(\/?)([a-zA-Z0-9]+)(?:\s[^<>]*)?>/g)) {
      if (name === "meta") continue;
      if (close) expect(open.pop()).toBe(name);
      else open.push(name!);
    }
    expect(open).toEqual([]);
    expect(body.match(/[<>]/g)).toHaveLength(2 * body.match(/<\/?[a-zA-Z0-9]+(?:\s[^<>]*)?>/g)!.length);
  });

  test("asks for nothing from elsewhere and runs no script", () => {
    expect(html).not.toMatch(/<script|<link|<img|@import|url\((?!#)|src=/);
    expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:/);
    expect(html).toContain("&lt;script&gt;alert(&quot;1 &amp; 2&quot;)");
  });

  test("has no number that isn't one", () => {
    expect(html).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  test("names and describes every picture, and shows its numbers in tables", () => {
    const pictures = html.match(/<svg [^>]*role="img"[^>]*>/g)!;
    const described = html.match(/<svg [^>]*role="img"[^>]*><title>[^<]+<\/title><desc>[^<]+<\/desc>/g)!;
    expect(pictures.length).toBeGreaterThanOrEqual(9);
    expect(described).toHaveLength(pictures.length);
    expect(html.match(/<summary>/g)!.length).toBeGreaterThanOrEqual(5);
    expect(html).toContain("attention entropy 1");
  });

  test("a result without curves or traces is shown, too", () => {
    const bare = {
      ...resultFixture,
      contenders: resultFixture.contenders.map((c) => Object.assign({}, c, { curves: [], trace: null })),
    };
    expect(toHtmlReport(bare)).not.toContain("Error over steps");
  });
});

test("the picture of cross-entropy: ℓ = −log p, pull = rate × (1 − p)", () => {
  const { loss, pull } = lossCurve(fixedLossesOf(resultFixture.contenders[1]!)!, 10, 0.5);
  for (const [p, value] of loss) expect(value).toBeCloseTo(Math.log(0.999) - Math.log(p), 6);
  for (const [p, value] of pull) expect(value).toBeCloseTo(0.5 * (1 - p), 6);
});

describe("files", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "lectern-report-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("three of them, and the JSON reads back", async () => {
    const files = await writeReport(join(folder, "new"), resultFixture);
    expect((await readdir(join(folder, "new"))).toSorted()).toEqual([
      "evaluation.html",
      "evaluation.json",
      "evaluation.md",
    ]);
    expect(parseEvaluationResult(await readFile(files.json, "utf8"), files.json)).toEqual(resultFixture);
  });

  test("a folder that can't be made is refused with a remedy", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(writeReport(join(folder, "file"), resultFixture)).rejects.toMatchObject({ code: "io" });
  });

  test("a results file that isn't one is refused, saying where", () => {
    expect(() => parseEvaluationResult("{", "a.json")).toThrow("a.json isn't JSON.");
    const wrong = JSON.stringify({ ...resultFixture, pairedSeeds: ["x"] });
    expect(() => parseEvaluationResult(wrong, "a.json")).toThrow("pairedSeeds.0");
  });
});
