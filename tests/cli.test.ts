import { once } from "node:events";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi, type RunningApi } from "../scripts/dev-server.ts";
import { writeArtifact } from "../trainer/src/release/index.ts";
import { makeSmallTeacher } from "./browser/small-teacher.ts";
import { endOf, example, expectRefusal, openDesk, small, type Desk } from "./lectern-process.ts";

let desk: Desk;
let api: RunningApi;
const read = (...path: string[]) => readFile(join(desk.folder, ...path), "utf8");
const readJson = async (...path: string[]) => JSON.parse(await read(...path)) as Record<string, never>;
const tinyEvaluation =
  "--rivals cross-entropy --seeds 2 --cells 1 --tuning-seeds 1 --workers 1 --quiet".split(" ");

beforeAll(async () => {
  desk = await openDesk();
  api = await startApi({ port: 0, persistTo: join(desk.folder, "api/state"), quiet: true });
});
afterAll(async () => {
  await api.stop();
  await desk[Symbol.asyncDispose]();
});

describe("a teacher from training to a pull", () => {
  const publish = (folder: string, ...more: string[]) =>
    desk.lectern("publish", folder, "--url", api.url, "--token", api.token, "--quiet", ...more);
  const label = ["--name", "glyphs-tiny", "--release-version", "1.0.0"];

  beforeAll(async () => {
    const { code, stdout, stderr } = await desk.lectern(
      "train",
      "--run",
      "runs/a",
      ...small("--label-noise 0.4"),
    );
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^runs\/a: 2 meta-steps, 0 students skipped; released θ from meta-step \d \((theta|average)\), validation error \d+\.\d\d %\n$/,
      ),
    });
    expect(stderr).toMatch(/^glyphs: mlp, 60 examples, label noise 0\.4, T = 12; 2 students a meta-step$/m);
    expect(stderr).toMatch(/validation after 0: error \d+\.\d\d % \(theta\) · best so far$/m);
    expect(stderr).toMatch(
      /^2\/2 meta-steps · ETA 0 s · M \d\.\d{4} · dev error \d+\.\d\d % · max \|dω\| \S+ · skipped 0$/m,
    );
  });

  test("evaluate prints a table and leaves a report; again, it has it all already", async () => {
    const first = await desk.lectern("evaluate", "runs/a", ...tinyEvaluation);
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^teacher +\S+ +\d/m) });
    expect(first.stdout).toMatch(/^cross-entropy +\S+ +\d/m);
    expect((await readdir(join(desk.folder, "runs/a/evaluation"))).toSorted()).toEqual([
      "evaluated.json",
      "evaluation.html",
      "evaluation.json",
      "evaluation.jsonl",
      "evaluation.md",
    ]);
    const journal = await read("runs/a/evaluation/evaluation.jsonl");
    const again = await desk.lectern("evaluate", "runs/a", "--json", ...tinyEvaluation);
    expect(JSON.parse(again.stdout)).toEqual(await readJson("runs/a/evaluation/evaluation.json"));
    expect(await read("runs/a/evaluation/evaluation.jsonl")).toBe(journal);
  });

  test("publish, list, pull, and publish again", async () => {
    const published = await publish("runs/a", ...label);
    expect(published).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Published glyphs-tiny 1\.0\.0 \(\d+ bytes, sha256 [0-9a-f]{12}…\) at http/,
      ),
    });
    expect(published.stderr).toMatch(/^Made a signing key at .*\.lectern\/signing-key\.json\. Back it up/);
    expect((await stat(join(desk.folder, ".lectern/signing-key.json"))).mode & 0o777).toBe(0o600);

    const table = await desk.lectern("list", "--url", api.url);
    expect(table.stdout).toMatch(/^glyphs-tiny +1\.0\.0 +mixed +10 +glyphs +local +\d{4}-\d\d-\d\d$/m);
    const page = await desk.lectern("list", "glyphs-tiny", "--json", "--url", api.url);
    expect(JSON.parse(page.stdout)).toMatchObject([{ name: "glyphs-tiny", version: "1.0.0" }]);

    const pulled = await desk.lectern("pull", "glyphs-tiny@^1", "--url", api.url, "--quiet");
    expect(pulled.stdout).toMatch(
      /^glyphs-tiny 1\.0\.0 by local → teachers\/glyphs-tiny-1\.0\.0\nsignature by \S+ verified/,
    );
    for (const file of ["manifest.json", "weights.safetensors"])
      expect(await read("teachers/glyphs-tiny-1.0.0", file)).toBe(await read("runs/a/release", file));

    // The same content again is no conflict, from the run or from what was pulled.
    expect(await publish("runs/a", ...label)).toMatchObject({ code: 0, stderr: "" });
    expect(await publish("teachers/glyphs-tiny-1.0.0")).toMatchObject({ code: 0, stderr: "" });
    const changed = await publish("runs/a", ...label, "--description", "Better words.");
    expectRefusal(
      changed,
      1,
      /^lectern: glyphs-tiny 1\.0\.0 exists with other content at http:\S+, and a released version never changes\. Publish a higher version, such as 1\.0\.1\.$/m,
    );
    expect(await read("runs/a/release/manifest.json")).not.toContain("Better words");
  });

  test("the API's own refusals are told as they are", async () => {
    expectRefusal(
      await desk.lectern("publish", "runs/a", ...label, "--url", api.url, "--token", "nobody", "--quiet"),
      1,
      /answered 401: .*token/,
    );
    expectRefusal(
      await desk.lectern("pull", "no-such-teacher", "--url", api.url),
      1,
      /answered 404: .*no-such-teacher/,
    );
    expectRefusal(
      await desk.lectern("list", "no-such-teacher", "--url", api.url),
      1,
      /answered 404: .*no-such-teacher/,
    );
    expectRefusal(await desk.lectern("pull", "glyphs-tiny@^9", "--url", api.url), 1, /answered 404: .*\^9/);
    expectRefusal(
      await desk.lectern("pull", "glyphs-tiny", "--url", api.url, "--trust", "AAAA", "--out", "untrusted"),
      1,
      /glyphs-tiny 1\.0\.0 is signed with \S+, expected one of/,
    );
    expect(await readdir(desk.folder)).not.toContain("untrusted");
  });
});

test.concurrent("a task, a student and a loss family of one's own: trained, resumed elsewhere, evaluated; not published", async () => {
  const own = ["task", "student", "family"].flatMap((what) => [
    `--${what}`,
    relative(desk.folder, example(`my-${what}.ts`)),
  ]);
  const trained = await desk.lectern(
    "train",
    "--run",
    "runs/own",
    "--quiet",
    ...small("--workers 2"),
    ...own,
  );
  expect(trained).toMatchObject({ code: 0, stderr: "" });
  const checkpoint = (await readJson("runs/own/checkpoint.json")) as unknown as {
    theta: Record<string, { shape: number[]; data: { float64: number[] } }>;
  };
  expect(checkpoint.theta.gains!.shape).toEqual([2, 2]);
  // It starts at e^−1 and e^0.5, and meta-training has moved every block of φ.
  expect(checkpoint.theta.gains!.data.float64.every((v, i) => v !== [-1, 0.5][i % 2])).toBe(true);
  expect(checkpoint.theta.sharpness!.data.float64.every((v) => v !== 0 && Math.abs(v) < 0.1)).toBe(true);

  // Paths in the configuration are absolute: another working directory is none the worse.
  await mkdir(join(desk.folder, "elsewhere"));
  const resumed = await desk.lecternIn("elsewhere", "train", "--run", "../runs/own", "--resume", "--quiet");
  expect(resumed).toMatchObject({ code: 0, stderr: "", stdout: `../${trained.stdout}` });

  const evaluated = await desk.lectern("evaluate", "runs/own", ...tinyEvaluation);
  expect(evaluated).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^my-task, 60 training examples .*, student\s+my-student,/),
  });
  expect(await read("runs/own/evaluation/evaluation.html")).toContain("inverseTemperature");

  expectRefusal(
    await desk.lectern(
      "publish",
      "runs/own",
      "--url",
      api.url,
      "--token",
      api.token,
      "--name",
      "own",
      "--release-version",
      "1.0.0",
    ),
    1,
    /loss family is the module \S+my-family\.ts, and manifests of format 1 name bilinear, mixed, gain, invariant, taylor only\. Train and evaluate it here/,
  );
  expect(await readdir(join(desk.folder, "runs/own"))).not.toContain("release");
});

test.concurrent("a task and a student of one's own are published by file name, not by where they lie", async () => {
  const own = ["task", "student"].flatMap((what) => [`--${what}`, example(`my-${what}.ts`)]);
  expect(await desk.lectern("train", "--run", "runs/half-own", "--quiet", ...small(), ...own)).toMatchObject({
    code: 0,
  });
  const label = ["--name", "half-own", "--release-version", "0.1.0", "--token", api.token, "--url", api.url];
  expect(await desk.lectern("publish", "runs/half-own", ...label, "--quiet")).toMatchObject({ code: 0 });
  const { manifest } = (await readJson("runs/half-own/release/manifest.json")) as unknown as {
    manifest: string;
  };
  expect(JSON.parse(manifest)).toMatchObject({
    tasks: ["my-task"],
    provenance: { task: "my-task", students: ["my-student"] },
  });
  expect(manifest).not.toContain("docs/examples");
});

test.concurrent("an exploding run skips its students, says so, keeps θ finite, and ends well", async () => {
  const ended = await desk.lectern(
    "train",
    "--run",
    "runs/wild",
    ...small("--learning-rate 1e6 --meta-steps 3"),
  );
  expect(ended).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^runs\/wild: 3 meta-steps, 6 students skipped;/),
  });
  expect(ended.stderr).toMatch(/^3\/3 meta-steps · .*no usable hypergradient .* skipped 6$/m);
  const lines = (await read("runs/wild/metrics.jsonl"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { students?: string[] });
  const statuses = lines.flatMap(({ students }) => students ?? []);
  expect(statuses).toHaveLength(6);
  expect(statuses).not.toContain("ok");
  expect(await read("runs/wild/checkpoint.json")).not.toMatch(/[[,]null|NaN|Infinity/);
});

test.concurrent("Ctrl-C stops after the meta-step with exit code 130, and the run goes on from there", async () => {
  const child = desk.start("train", "--run", "runs/stopped", ...small("--meta-steps 10 --validate-every 1"));
  const ended = endOf(child);
  let seen = "";
  for await (const [chunk] of on(child.stderr!)) {
    seen += String(chunk);
    if (seen.includes("validation after 1:")) break;
  }
  child.kill("SIGINT");
  const { code, stdout, stderr } = await ended;
  const stopped =
    /lectern: Stopped after (\d+) of 10 meta-steps\. Go on with: lectern train --run runs\/stopped --resume$/m.exec(
      stderr,
    );
  expect({ code, stdout, stopped }).toMatchObject({ code: 130, stdout: "", stopped: expect.anything() });
  const metaSteps = Number(stopped![1]);
  expect(metaSteps).toBeGreaterThan(0);
  expect(metaSteps).toBeLessThan(10);
  expect((await readJson("runs/stopped/checkpoint.json")).metaStep).toBe(metaSteps);
  const resumed = await desk.lectern("train", "--run", "runs/stopped", "--resume");
  expect(resumed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^runs\/stopped: 10 meta-steps/) });
  expect(resumed.stderr).toContain(`resumed after ${metaSteps}`);
  const lines = (await read("runs/stopped/metrics.jsonl"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { metaStep: number; students?: unknown });
  expect(lines.filter(({ students }) => students).map(({ metaStep }) => metaStep)).toEqual(
    Array.from({ length: 10 }, (_, i) => i + 1),
  );
});

test.concurrent("lectern dev serves the API with a token that publishes, until Ctrl-C", async () => {
  await mkdir(join(desk.folder, "dev"));
  const child = desk.start("dev", "--port", "0", "--persist-to", "dev/api");
  const ended = endOf(child);
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  const url = /^The API listens on (http:\S+);/.exec(String(line))![1]!;
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const { token } = (await readJson("dev/credentials.json")) as unknown as { token: string };
  await writeArtifact(join(desk.folder, "dev/teacher"), await makeSmallTeacher());
  const published = await desk.lectern("publish", "dev/teacher", "--url", url, "--token", token, "--quiet");
  expect(published).toMatchObject({ code: 0, stderr: "" });
  child.kill("SIGINT");
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  // A line for each write, and nothing else.
  expect(stderr.match(/^(?!log: \{).+/gm)).toBeNull();
  await expect(fetch(`${url}/readyz`)).rejects.toThrow("fetch failed");
});

describe.concurrent("check-hypergradient", () => {
  const goldens = join(import.meta.dirname, "../trainer/fixtures/hypergradient-goldens.json");
  const other = join(import.meta.dirname, "../trainer/fixtures/hypergradient-goldens-other.json");

  test.each([goldens, other])("passes %s with a table", async (file) => {
    const { code, stdout, stderr } = await desk.lectern("check-hypergradient", file);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.match(/^ok {2}\S+: dθ as a whole: cosine 1\.000000/gm)).toHaveLength(5);
    expect(stdout).toMatch(/^ {2}dθ\.V +\d\.\d\de-\d+ {2}≤ 1e-5 {2}ok {3}‖ref‖ \S+$/m);
    expect(stdout).toMatch(/^5 of 5 cases within tolerance, store, float32, backend wasm\n$/m);
  });

  test("fails one changed number, and names its tensor", async () => {
    const file = JSON.parse(await readFile(goldens, "utf8")) as {
      cases: { expected: { dtheta: { b: { data: number[] } } } }[];
    };
    file.cases[1]!.expected.dtheta.b.data[2]! *= 1.01;
    await writeFile(join(desk.folder, "changed.json"), JSON.stringify(file));
    const { code, stdout } = await desk.lectern("check-hypergradient", "changed.json", "--backend", "cpu");
    expect(code).toBe(1);
    expect(stdout.match(/^.*OFF.*$/gm)).toEqual([
      expect.stringMatching(/^OFF tanh-mlp-momentum: dθ as a whole: cosine 1\.000000, relative error \d/),
      expect.stringMatching(/^ {2}dθ\.b .* OFF/),
    ]);
    expect(stdout).toMatch(/^4 of 5 cases within tolerance, store, float32, backend cpu\n$/m);
  });
});

async function* on(stream: NodeJS.ReadableStream): AsyncGenerator<unknown[]> {
  while (true) yield await once(stream, "data");
}
