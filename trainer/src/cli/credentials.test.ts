import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { credentialsFor } from "./api-flags.ts";

const before = { folder: process.cwd(), home: process.env.HOME, config: process.env.XDG_CONFIG_HOME };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-credentials-"));
  await mkdir(join(folder, ".lectern"));
  await writeFile(join(folder, ".lectern/credentials.json"), '{ "owner": "local", "token": "lec_dev" }');
  process.chdir(folder);
  // Nobody's logins.
  process.env.HOME = folder;
  delete process.env.XDG_CONFIG_HOME;
  delete process.env.LECTERN_TOKEN;
});

afterEach(async () => {
  process.chdir(before.folder);
  process.env.HOME = before.home;
  if (before.config !== undefined) process.env.XDG_CONFIG_HOME = before.config;
  await rm(folder, { recursive: true });
});

test.each(["http://127.0.0.1:8787", "http://localhost:9000", "http://[::1]:8787"])(
  "the token of lectern dev is for %s",
  async (url) => {
    expect(await credentialsFor(undefined, url)).toEqual({ owner: "local", token: "lec_dev" });
  },
);

test.each(["https://teachers.example", "http://127.0.0.1.teachers.example", "http://localhost.example"])(
  "and isn't sent to %s",
  async (url) => {
    await expect(credentialsFor(undefined, url)).rejects.toThrow("none was given");
  },
);
