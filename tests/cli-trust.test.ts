import { spawn } from "node:child_process";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi, type RunningApi } from "../scripts/dev-server.ts";
import { exampleManifest, exampleWeights } from "../shared/artifact/manifest-example.ts";
import { importSigningKey, sha256Hex, signManifest } from "../shared/artifact/index.ts";
import { expectRefusal, openDesk, type Desk } from "./lectern-process.ts";

let desk: Desk;
let api: RunningApi;

beforeAll(async () => {
  desk = await openDesk();
  api = await startApi({ port: 0, persistTo: join(desk.folder, "api/state"), quiet: true });
});
afterAll(async () => {
  await api.stop();
  await desk[Symbol.asyncDispose]();
});

const lectern = async (...args: string[]) => {
  const ended = await desk.lectern(...args, "--url", api.url);
  if (ended.code !== 0) throw new Error(ended.stderr);
  return ended.stdout;
};
const readKey = async () =>
  importSigningKey(JSON.parse(await readFile(join(desk.folder, ".lectern/signing-key.json"), "utf8")));

/** A released teacher in a folder, signed with the desk's key. */
async function release(version: string): Promise<string> {
  const key = await readKey();
  const weights = exampleWeights(exampleManifest());
  const signed = await signManifest(
    JSON.stringify(
      exampleManifest({
        name: "trusted",
        version,
        weights: { format: "safetensors", sha256: await sha256Hex(weights), bytes: weights.length },
        publisher: { name: "local", publicKey: key.publicKey },
      }),
    ),
    key,
  );
  const folder = join(desk.folder, `release-${version}`);
  await mkdir(folder);
  await writeFile(join(folder, "manifest.json"), JSON.stringify(signed));
  await writeFile(join(folder, "weights.safetensors"), weights);
  return folder;
}

test("a login, tokens, tags, yanking, a key's rotation, and pulls that hold an API to what it said", async () => {
  expectRefusal(await desk.lectern("login", "--url", api.url, "--token", "nonsense"), 2, /isn't a token/);
  expectRefusal(
    await desk.lectern("login", "--url", api.url, "--token", `lec_${"x".repeat(43)}`),
    1,
    /answered 401: The token is unknown/,
  );
  expectRefusal(
    await desk.lectern("yank", "trusted", "--reason", "x"),
    2,
    /expected a name and an exact version/,
  );
  expectRefusal(await desk.lectern("token", "list", "--url", api.url), 1, /needs a token/);
  expect(await lectern("login", "--token", api.token)).toMatch(
    /^Logged in at http:\S+ as local \(read, publish, yank, admin\)\. Kept in \S+logins\.json$/m,
  );
  const logins = join(desk.folder, ".lectern/logins.json");
  expect((await stat(logins)).mode & 0o777).toBe(0o600);

  // The key is made by the first command that signs; here, by hand.
  const { generateSigningKey, exportSigningKey } = await import("../shared/artifact/index.ts");
  const stored = JSON.stringify(await exportSigningKey(await generateSigningKey()));
  await writeFile(join(desk.folder, ".lectern/signing-key.json"), stored, { mode: 0o600 });
  await lectern("publish", await release("1.0.0"), "--quiet");
  const pull = (...more: string[]) => lectern("pull", ...more, "--pins", "pins", "--quiet");
  expect(await pull("trusted@^1.0.0")).toMatch(/^trusted 1\.0\.0 by local/);

  const old = await readKey();
  expect(await lectern("key", "rotate")).toMatch(
    /; the first; retired .*\n\S+ of local since \S+; endorsed by /,
  );
  const fresh = await readKey();
  expect(fresh.publicKey).not.toBe(old.publicKey);
  await lectern("publish", await release("1.1.0"), "--quiet");
  expect(await pull("trusted@^1.0.0")).toContain(`trusted 1.1.0 by local`);
  expect(await lectern("key", "revoke", old.publicKey, "--reason", "A laptop was lost.")).toContain(
    "revoked 20",
  );

  expect(await lectern("tag", "trusted@1.0.0", "beta")).toBe("beta → 1.0.0\n");
  expect(await pull("trusted@beta", "--out", "beta")).toContain("trusted 1.0.0");
  expect(await lectern("tag", "trusted", "beta", "--delete")).toBe("trusted has no tags\n");
  expect(await lectern("deprecate", "trusted@1.0.0", "Use 1.1.0.")).toBe(
    "trusted 1.0.0 is deprecated: Use 1.1.0.\n",
  );
  expect(await lectern("deprecate", "trusted@1.0.0")).toBe("trusted 1.0.0 is as it was published\n");

  expect(await lectern("yank", "trusted@1.1.0", "--reason", "Wrong data.")).toBe(
    "trusted 1.1.0 is yanked: Wrong data.\n",
  );
  const back = await desk.lectern("pull", "trusted@^1.0.0", "--pins", "pins", "--quiet", "--url", api.url);
  expectRefusal(back, 1, /led to 1\.1\.0 before, .* older 1\.0\.0\. If 1\.1\.0 was yanked, accept older/);
  expect(await pull("trusted@^1.0.0", "--accept-older", "--out", "older")).toContain("trusted 1.0.0");
  expect(await pull("trusted@1.1.0", "--out", "exact")).toContain("trusted 1.1.0");
  expect(await lectern("unyank", "trusted@1.1.0", "--reason", "It was right.")).toContain(
    "as it was published",
  );

  const made = (
    await lectern("token", "create", "--scopes", "read", "--expires", "1d", "--label", "ci")
  ).trim();
  expect(made).toMatch(/^lec_[\w-]{43}$/);
  const [line] = /^.* "ci".*$/m.exec(await lectern("token", "list"))!;
  expect(line).toMatch(/of local \(….{4}\): read; "ci"; until 20/);
  const yank = ["yank", "trusted@1.1.0", "--reason", "x", "--url", api.url];
  expectRefusal(await desk.lectern(...yank, "--token", made), 1, /lacks the scope yank/);
  expect(await lectern("token", "revoke", line.split(" ")[0]!)).toContain("revoked 20");
  expectRefusal(await desk.lectern(...yank, "--token", made), 1, /answered 401/);
  await lectern("login", "--out");
  expect(await readFile(logins, "utf8")).toBe("{}\n");
});

test("lectern login reads the token from a pipe, too", async () => {
  const bin = new URL("../trainer/bin/lectern.mjs", import.meta.url).pathname;
  const child = spawn(process.execPath, [bin, "login", "--url", api.url], {
    env: { PATH: process.env.PATH, HOME: desk.folder },
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.stdin.end(`${api.token}\n`);
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
});
