import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  answerBytes,
  answerHalf,
  answerJson,
  answerProblem,
  hangUp,
  stall,
  startApi,
  staySilent,
  type Handler,
} from "../client/node/fake-api.ts";
import { manifest, resign, signed, weights, weightsPath } from "../client/node/fixture-release.ts";
import { expectRefusal, openDesk, type Desk } from "./lectern-process.ts";

/** What can be wrong with an API, at every command that talks to one. */
let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  await cp(join(import.meta.dirname, "../shared/fixtures/artifact-v1"), join(desk.folder, "released"), {
    recursive: true,
  });
});
afterAll(() => desk[Symbol.asyncDispose]());

const name = manifest.name;
const teacher = `GET /v1/teachers/${name}/versions/latest`;
const release = `PUT /v1/teachers/${name}/versions/${manifest.version}`;
const json = Buffer.from(JSON.stringify(signed));
/** What a whole answer would be. */
const half = ({ url }: IncomingMessage) => (url === weightsPath ? weights : json);
const notJson: Handler = (_, response) =>
  void response.writeHead(200, { "content-type": "text/html" }).end("<p>Hotel Wi-Fi");
const known = { [`HEAD ${weightsPath}`]: answerBytes(weights) };
const commands = {
  list: { args: ["list"], first: "GET /v1/teachers?", before: {} },
  pull: { args: ["pull", name, "--quiet"], first: teacher, before: {} },
  "pull, at the weights": {
    args: ["pull", name, "--quiet"],
    first: `GET ${weightsPath}`,
    before: { [teacher]: answerJson(signed) },
  },
  publish: {
    args: ["publish", "released", "--quiet", "--token", "t"],
    first: `HEAD ${weightsPath}`,
    before: {},
  },
  "publish, at the manifest": {
    args: ["publish", "released", "--quiet", "--token", "t"],
    first: release,
    before: known,
  },
} satisfies Record<string, { args: string[]; first: string; before: Record<string, Handler> }>;

const faults: Record<string, { handler: Handler; message: RegExp }> = {
  "answers 500": {
    handler: answerProblem(500, "The database is gone.", "Try again later."),
    message: /^lectern: The API at http:\S+ answered 500(: The database is gone)?\. Try again later/,
  },
  "says nothing": {
    handler: staySilent,
    message: /within 2 s\. Try again later, or pass a longer --timeout\.$/m,
  },
  "stops in the middle": {
    handler: (...request) => stall(half(request[0]))(...request),
    message: /within 2 s\. Try again later, or pass a longer --timeout\.$/m,
  },
  "sends half a body": {
    handler: (...request) => answerHalf(half(request[0]), "application/json")(...request),
    message: /http:\S+ .*\. \w.*\.$/m,
  },
  "hangs up": { handler: hangUp, message: /can't be reached( \(\w+\))?\. Check the address/ },
  "sends no JSON": { handler: notJson, message: /http:\S+ .*\. \w.*\.$/m },
};

describe.concurrent.each(Object.entries(commands))("lectern %s", (what, { args, first, before }) => {
  const reads = !first.startsWith("HEAD");
  // A HEAD's answer has no body to go wrong, and the weights aren't JSON.
  const possible = Object.entries(faults).filter(
    ([fault]) => reads || ["answers 500", "says nothing", "hangs up"].includes(fault),
  );
  test.for(possible)("where the API %s", async ([fault, { handler, message }]) => {
    await using api = await startApi({ ...before, [first]: handler });
    const out = `out-${what}-${fault}`.replaceAll(/\W+/g, "-");
    const rest = ["--url", api.url, "--timeout", "2", ...(args[0] === "pull" ? ["--out", out] : [])];
    expectRefusal(await desk.lectern(...args, ...rest), 1, message);
    expect(api.log).toContain(first);
    const left = await readdir(desk.folder);
    expect(left).not.toContain(out);
    expect(left).not.toContain("teachers");
  });
});

test("an API that is down is told with its address", async () => {
  const { url } = await (async () => {
    await using api = await startApi({});
    return api;
  })();
  for (const { args } of [commands.list, commands.pull, commands.publish])
    expectRefusal(
      await desk.lectern(...args, "--url", url),
      1,
      new RegExp(`^lectern: The API at ${url} can't be reached \\(ECONNREFUSED\\)\\. Check the address`),
    );
});

describe("what isn't as it was signed", () => {
  const flipped = Uint8Array.from(weights);
  flipped[flipped.length - 1]! ^= 1;

  test("one bit flipped on the way: nothing is written", async () => {
    await using api = await startApi({
      [teacher]: answerJson(signed),
      [`GET ${weightsPath}`]: answerBytes(flipped),
    });
    expectRefusal(
      await desk.lectern("pull", name, "--quiet", "--url", api.url, "--out", "flipped"),
      1,
      /sha-?256|digest/i,
    );
    expect(await readdir(desk.folder)).not.toContain("flipped");
  });

  test("a manifest of a future version: says so", async () => {
    await using api = await startApi({ [teacher]: answerJson(await resign({ formatVersion: 2 })) });
    expectRefusal(
      await desk.lectern("pull", name, "--quiet", "--url", api.url, "--out", "future"),
      1,
      /format\w* .*2.*Update/,
    );
    expect(await readdir(desk.folder)).not.toContain("future");
  });

  test("one bit flipped in a folder: not published", async () => {
    await using api = await startApi({});
    await mkdir(join(desk.folder, "damaged"));
    await writeFile(
      join(desk.folder, "damaged/manifest.json"),
      await readFile(join(desk.folder, "released/manifest.json")),
    );
    await writeFile(join(desk.folder, "damaged/weights.safetensors"), flipped);
    expectRefusal(
      await desk.lectern("publish", "damaged", "--token", "t", "--url", api.url),
      1,
      /sha-?256|digest/i,
    );
    expect(api.log).toEqual([]);
  });
});
