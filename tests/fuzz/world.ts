import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publishTeacher } from "@lectern/client/connect";
import { generateSigningKey, sha256Hex, type SigningKey, signManifest } from "@lectern/shared/artifact";
import type { SignedManifest } from "@lectern/shared/schema";
import { type RunningApi, startApi } from "../../scripts/dev-server.ts";
import { exampleManifest, exampleWeights } from "../../shared/artifact/manifest-example.ts";

/** A real API in a workerd of its own, with a folder that goes when the test is over. */
export interface World extends AsyncDisposable {
  api: RunningApi;
  persistTo: string;
  key: SigningKey;
  /** Of workerd. */
  pid(): Promise<number>;
  /** On the same port, over the same files. */
  restart(): Promise<void>;
}

export async function openWorld({ inspect = false }: { inspect?: boolean } = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "lectern-world-"));
  const persistTo = join(folder, "api");
  const world: World = {
    api: await startApi({ port: 0, persistTo, quiet: true, inspect }),
    persistTo,
    key: await generateSigningKey(),
    pid: () => findWorkerd(world.api.port),
    async restart() {
      await world.api.stop();
      world.api = await startApi({ port: 0, persistTo, quiet: true });
    },
    async [Symbol.asyncDispose]() {
      await world.api.stop();
      await rm(folder, { recursive: true });
    },
  };
  return world;
}

export interface Teacher {
  signed: SignedManifest;
  weights: Uint8Array<ArrayBuffer>;
}

/** A signed teacher whose weights differ with the seed; more keys make them larger. */
export async function makeTeacher(
  key: SigningKey,
  {
    name,
    version = "1.0.0",
    seed = 1,
    keys = 2,
    description = "",
  }: { name: string; version?: string; seed?: number; keys?: number; description?: string },
): Promise<Teacher> {
  const changes = {
    name,
    version,
    description,
    teacher: { kind: "attention" as const, keys },
    publisher: { name: "local", publicKey: key.publicKey },
  };
  const weights = exampleWeights(exampleManifest(changes), seed);
  const manifest = exampleManifest({
    ...changes,
    weights: { format: "safetensors", sha256: await sha256Hex(weights), bytes: weights.length },
  });
  return { signed: await signManifest(JSON.stringify(manifest), key), weights };
}

export async function publishTo({ url, token }: RunningApi, teacher: Teacher): Promise<void> {
  await publishTeacher(url, { ...teacher, token, retries: 0 });
}

/** The workerd whose command line has the port. */
export async function findWorkerd(port: number): Promise<number> {
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const words = (await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "")).split("\0");
    const isWorkerd = words[0]?.endsWith("/workerd") ?? false;
    if (isWorkerd && (await listens(Number(entry), port))) return Number(entry);
  }
  throw new Error(`no workerd listens on port ${port}`);
}

/** Whether the process has the socket that listens on the port. */
async function listens(pid: number, port: number): Promise<boolean> {
  const table = (await readFile("/proc/net/tcp", "utf8")) + (await readFile("/proc/net/tcp6", "utf8"));
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  const inode = table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .find((columns) => columns[1]?.endsWith(`:${hexPort}`) && columns[3] === "0A")?.[9];
  if (inode === undefined) return false;
  for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => []))
    if ((await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "")) === `socket:[${inode}]`)
      return true;
  return false;
}
