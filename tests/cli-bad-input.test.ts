import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, test, expect } from "vitest";
import { example, expectRefusal, openDesk, small, type Desk } from "./lectern-process.ts";

let desk: Desk;
/** A finished run, and what its files hold. */
const files = ["config.json", "metrics.jsonl", "checkpoint.json"];
let whole: Record<string, string>;
const write = (name: string, content: string | Uint8Array) => writeFile(join(desk.folder, name), content);

/** A task of 400 examples in two classes, one of which is spoilt. */
const task = (spoil: string) => `
const [x, y] = [Array.from({ length: 800 }, (_, i) => Math.sin(i)), Array.from({ length: 400 }, (_, i) => i % 2)];
const train = { x, y };
${spoil};
export default { classNames: ["a", "b"], inputShape: [2], train };`;

const modules: Record<string, string> = {
  "label-out-of-range.ts": task("y[17] = 2"),
  "nan-in-x.ts": task("x[33] = NaN"),
  "empty.ts": task("x.length = y.length = 0"),
  "short-x.ts": task("x.pop()"),
  "too-few.ts": task("x.length = 200; y.length = 100"),
  "throws.ts": `export default () => { throw new Error("the disk is on fire"); };`,
  "syntax.ts": "export default {",
  "nothing.ts": "export const task = 1;",
  "wide-student.ts": `import { layers, sequential } from "@tensorflow/tfjs-layers";
export default ({ inputShape, classes }) => sequential({ layers: [
  layers.flatten({ inputShape }), layers.dense({ units: classes + 1 }) ] });`,
  "dilated-student.ts": `import { layers, sequential } from "@tensorflow/tfjs-layers";
export default ({ inputShape, classes }) => sequential({ layers: [
  layers.conv2d({ inputShape, filters: 2, kernelSize: 3, dilationRate: 2 }), layers.flatten(), layers.dense({ units: classes }) ] });`,
  "products-student.ts": `import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
class Products extends layers.Layer {
  static className = "Products";
  call(inputs) { return tf.cumprod([inputs].flat()[0], 1); }
}
export default ({ inputShape, classes }) => sequential({ layers: [
  layers.flatten({ inputShape }), layers.dense({ units: 4 }), new Products({}), layers.dense({ units: classes }) ] });`,
  "mean-family.ts": `export default { blocks: () => [{ name: "c", shape: [1] }], finish: (_, phi) => phi,
  losses: (A, phi, logits) => A.mul(A.sum(logits), phi.c) };`,
};

beforeAll(async () => {
  desk = await openDesk();
  // Modules find TensorFlow.js as they would in a project that has installed it.
  await symlink(join(import.meta.dirname, "../node_modules"), join(desk.folder, "node_modules"));
  for (const [name, source] of Object.entries(modules)) await write(name, source);
  for (const folder of ["cut", "cut-gz", "wrong"]) await mkdir(join(desk.folder, folder));
  const images = new Uint8Array(16 + 784 * 100);
  images.set([0, 0, 8, 3, 0, 0, 0xea, 0x60, 0, 0, 0, 28, 0, 0, 0, 28]);
  await write("cut/train-images-idx3-ubyte", images);
  await write("cut-gz/train-images-idx3-ubyte.gz", gzipSync(images).subarray(0, 60));
  for (const [kind, count, header] of [
    ["train", 60_000, [0, 0, 0xea, 0x60]],
    ["t10k", 10_000, [0, 0, 0x27, 0x10]],
  ] as const) {
    const pixels = new Uint8Array(16 + 784 * count);
    pixels.set([0, 0, 8, 3, ...header, 0, 0, 0, 28, 0, 0, 0, 28]);
    await write(`wrong/${kind}-images-idx3-ubyte`, pixels);
    const labels = new Uint8Array(8 + count);
    labels.set([0, 0, 8, 1, ...header]);
    await write(`wrong/${kind}-labels-idx1-ubyte`, labels);
    for (const folder of ["cut", "cut-gz"]) await write(`${folder}/${kind}-labels-idx1-ubyte`, labels);
  }
  for (const folder of ["cut", "cut-gz"]) await write(`${folder}/t10k-images-idx3-ubyte`, images);
  const ended = await desk.lectern("train", "--run", "whole", "--quiet", ...small());
  expect(ended.stderr).toBe("");
  whole = Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [file, await readFile(join(desk.folder, "whole", file), "utf8")]),
    ),
  ) as Record<string, string>;
});
afterAll(() => desk[Symbol.asyncDispose]());

describe.concurrent("lectern train refuses, and leaves no run folder", () => {
  test.for<[what: string, flags: string, code: number, message: RegExp]>([
    [
      "an unknown task",
      "--task mnsit",
      2,
      /^lectern: Unknown task "mnsit", expected glyphs, mnist, .*cifar10, .* or the path/,
    ],
    [
      "an unknown student",
      "--student resnet",
      2,
      /Unknown student "resnet", expected mlp, lenet, resnet8, resnet20, resnet32, wrn-N-K, densenet-bc-L-K or the path/,
    ],
    [
      "an unknown family",
      "--family hinge",
      2,
      /Unknown family "hinge", expected bilinear, mixed, gain, invariant, taylor or the path/,
    ],
    [
      "an unknown backend",
      "--backend cuda",
      2,
      /'--backend <name>' argument 'cuda' is invalid\. Allowed choices are auto, node-gpu, node, webgpu, wasm, cpu/,
    ],
    ["an unknown flag", "--metasteps 3", 2, /unknown option '--metasteps'\n\(Did you mean --meta-steps\?\)/],
    [
      "an unknown metric",
      "--metric accuracy",
      2,
      /Unknown metric "accuracy"\. Choose dev-cross-entropy, soft-error/,
    ],
    [
      "an unknown start",
      "--start zero",
      2,
      /argument 'zero' is invalid\. Allowed choices are robust, cross-entropy/,
    ],
    ["a block that isn't frozen", "--train W", 2, /--train W: no block of that name is frozen, only U/],
    [
      "T = 0",
      "--steps 0",
      2,
      /'--steps <T>' argument '0' is invalid\. Expected a whole number of at least 1/,
    ],
    ["half a meta-step", "--meta-steps 1.5", 2, /Expected a whole number of at least 1/],
    ["a rate of 0", "--learning-rate 0", 2, /Expected a number above 0/],
    ["noise of 200 %", "--label-noise 2", 2, /Expected a number from 0 to 1/],
    ["averaging for ever", "--averaging 1", 2, /Expected a number from 0 to less than 1/],
    ["a seed beyond 31 bits", "--seed 3000000000", 2, /The setting seed isn't valid/],
    ["imbalance below 1", "--imbalance 0.5", 2, /Task glyphs: imbalance is 0\.5/],
    [
      "a data folder that isn't there",
      "--task mnist --data-dir nowhere",
      1,
      /No mnist data: looked for .*Name the folder that holds it with --data-dir/,
    ],
    ["no data folder", "--task mnist", 1, /No mnist data: .* or fetch it with --download/],
    ["a truncated file", "--task mnist --data-dir cut", 1, /train-images-idx3-ubyte .*(bytes|truncated)/],
    [
      "a truncated gzip file",
      "--task mnist --data-dir cut-gz",
      1,
      /train-images-idx3-ubyte\.gz is truncated or damaged/,
    ],
    [
      "a wrong checksum",
      "--task mnist --data-dir wrong",
      1,
      /train-images-idx3-ubyte .*(checksum|digest|MD5|SHA-256)/i,
    ],
    [
      "a label out of range",
      "--task ./label-out-of-range.ts",
      1,
      /label-out-of-range\.ts: train: label 2 at index 17, expected an integer from 0 to 1/,
    ],
    ["NaN in x", "--task ./nan-in-x.ts", 1, /nan-in-x\.ts: train has NaN in x, in example 16 at position 1/],
    ["an empty split", "--task ./empty.ts", 1, /empty\.ts: train is empty/],
    [
      "x that doesn't fit y",
      "--task ./short-x.ts",
      1,
      /799 input values and 400 labels, expected 400 × 2 = 800/,
    ],
    [
      "too few examples",
      "--task ./too-few.ts",
      2,
      /has 100 training examples; after 180 held out, .* Lower subset/,
    ],
    [
      "a task that throws",
      "--task ./throws.ts",
      2,
      /The task module \S*throws\.ts threw: the disk is on fire/,
    ],
    ["a task with a syntax error", "--task ./syntax.ts", 2, /The task module \S*syntax\.ts can't be loaded/],
    ["a task without an export", "--task ./nothing.ts", 2, /has no default export/],
    ["a task that isn't there", "--task ./none.ts", 1, /The task module \S*none\.ts doesn't exist/],
    ["a student that isn't there", "--student ./none.ts", 1, /The student module \S*none\.ts doesn't exist/],
    [
      "a student of other classes",
      "--student ./wide-student.ts",
      2,
      /built a model with output \[null, 11\], expected \[null, 10\]/,
    ],
    [
      "a student of uncovered layers",
      "--student ./dilated-student.ts",
      1,
      /"conv2d_Conv2D\d" \(Conv2D\) has dilationRate 2×2.*Use dilationRate 1/,
    ],
    [
      "a student's layer with an uncovered operation",
      "--student ./products-student.ts",
      1,
      /can't be differentiated twice: .*Cumprod\. Build it from the operations in docs\/second-order\.md/,
    ],
    ["a family that isn't there", "--family ./none.ts", 1, /The family module \S*none\.ts doesn't exist/],
    ["a family without losses", "--family ./mean-family.ts", 2, /gives losses of shape \[1\] for 4 examples/],
    [
      "a start for a family of one's own",
      `--family ${example("my-family.ts")} --start robust`,
      2,
      /--start is for built-in families/,
    ],
    [
      "a run folder below a file",
      "--run empty.ts/run",
      1,
      /The run folder empty\.ts\/run can't be written to \(ENOTDIR\)/,
    ],
  ])("%s", async ([what, flags, code, message]) => {
    const run = `run-${what.replaceAll(/\W+/g, "-")}`;
    const ended = await desk.lectern("train", "--run", run, "--quiet", ...small(flags));
    expectRefusal(ended, code, message);
    expect(await readdir(desk.folder)).not.toContain(run);
  });

  test("the same refusals in worker threads", async () => {
    const flags = small("--workers 2 --family ./mean-family.ts");
    const ended = await desk.lectern("train", "--run", "run-threads", "--quiet", ...flags);
    expectRefusal(ended, 2, /gives losses of shape \[1\] for 4 examples/);
    expect(await readdir(desk.folder)).not.toContain("run-threads");
  });
});

describe("lectern train --resume refuses", () => {
  test("a folder without a run", async () => {
    expectRefusal(
      await desk.lectern("train", "--run", "nothing-here", "--resume"),
      1,
      /nothing-here holds no run: it has no config\.json\. Start one with lectern train/,
    );
    expect(await readdir(desk.folder)).not.toContain("nothing-here");
  });

  test("other settings, naming them, and a new run in its place", async () => {
    expectRefusal(
      await desk.lectern("train", "--run", "whole", "--resume", ...small("--meta-steps 3 --label-noise 0.2")),
      1,
      /whole was started with other settings \(task\.labelNoise, meta\.steps\)\. Resume with the same settings/,
    );
    expectRefusal(
      await desk.lectern("train", "--run", "whole", ...small()),
      1,
      /whole holds a run already\. Go on with --resume, or choose another --run folder/,
    );
    for (const file of files)
      expect(await readFile(join(desk.folder, "whole", file), "utf8")).toBe(whole[file]);
  });

  test.for<[string, Record<string, string | undefined>, RegExp]>([
    ["half a config", { "config.json": "{" }, /config\.json isn't JSON/],
    ["a config of other fields", { "config.json": "{}" }, /config\.json: task: /],
    ["half a checkpoint", { "checkpoint.json": '{"metaStep":2' }, /checkpoint\.json isn't a checkpoint/],
    ["a checkpoint of other fields", { "checkpoint.json": "{}" }, /checkpoint\.json isn't a checkpoint/],
    [
      "cut metrics",
      { "metrics.jsonl": "{}\n" },
      /metrics\.jsonl has 3 bytes, and the run's checkpoint counts \d+/,
    ],
  ])("%s", async ([what, change, message]) => {
    const run = what.replaceAll(" ", "-");
    await mkdir(join(desk.folder, run));
    for (const file of files) await write(join(run, file), change[file] ?? whole[file]!);
    expectRefusal(await desk.lectern("train", "--run", run, "--resume"), 1, message);
    for (const file of files)
      expect(await readFile(join(desk.folder, run, file), "utf8")).toBe(change[file] ?? whole[file]);
  });
});

describe.concurrent("other commands refuse", () => {
  test.for<[command: string, code: number, message: RegExp]>([
    ["trian", 2, /unknown command 'trian'\n\(Did you mean train\?\)/],
    ["train", 2, /required option '--run <folder>' not specified/],
    ["evaluate nothing-here", 1, /nothing-here holds no run/],
    [
      "evaluate whole --rivals hinge",
      2,
      /--rivals: unknown loss "hinge"\. Choose among cross-entropy, label-smoothing/,
    ],
    ["evaluate whole --seeds 0", 2, /Expected a whole number of at least/],
    ["evaluate whole --against nothing-here", 1, /nothing-here holds no run/],
    ["publish nothing-here --token t", 2, /publishing a run needs --name and --release-version/],
    ["publish nothing-here --token t --name ab --release-version 1.0.0", 1, /nothing-here holds no run/],
    [
      "publish whole --name ab --release-version 1.0.0",
      1,
      /Publishing needs a token, and none was given\. Pass --token/,
    ],
    ["publish whole --token t --name Ab --release-version 1.0.0", 2, /The release's name isn't valid/],
    ["publish whole --token t --name ab --release-version 1.0", 2, /The release's version isn't valid/],
    ["pull Glyphs", 2, /"Glyphs", expected .*\. Write glyphs/],
    ["pull glyphs@", 2, /"glyphs@", expected .*\. Write glyphs/],
    [
      "list --url ftp://example.org",
      2,
      /The API's address is "ftp:\/\/example\.org", expected one that starts with http/,
    ],
    ["list --timeout 0", 2, /Expected a number above 0/],
    ["dev --port 99999999", 1, /The port is 99999999, expected an integer from 0 to 65535/],
    ["check-hypergradient none.json", 1, /Can't read none\.json\. Pass the path of a goldens file/],
    ["check-hypergradient throws.ts", 1, /throws\.ts isn't JSON\. Make it with/],
    ["check-hypergradient whole/config.json", 1, /config\.json isn't a goldens file: cases: /],
    [
      "check-hypergradient whole/config.json --backend webgl",
      2,
      /Allowed choices are auto, node-gpu, node, webgpu, wasm, cpu/,
    ],
  ])("lectern %s", async ([command, code, message]) => {
    expectRefusal(await desk.lectern(...command.split(" ")), code, message);
    expect(await readdir(desk.folder)).not.toContain("nothing-here");
    expect(await readdir(join(desk.folder, "whole"))).not.toContain("release");
    expect(await readdir(desk.folder)).not.toContain("teachers");
  });
});
