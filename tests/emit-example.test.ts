import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { generateSigningKey } from "@lectern/shared/artifact";
import type { Emission } from "@lectern/shared/schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeTeacher, publishTeacher } from "../bench/api/teachers.ts";
import { type RunningApi, startApi } from "../scripts/dev-server.ts";

const top = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
let folder: string;
let api: RunningApi;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-emit-"));
  api = await startApi({ port: 0, persistTo: join(folder, "api"), quiet: true });
  const key = await generateSigningKey();
  const made = await makeTeacher("robust", { classes: 10, keys: 4, key, owner: "local", moved: 0 });
  await publishTeacher(api.url, api.token, made, key);
});

afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

function hasNumpy(): boolean {
  try {
    execFileSync("python3", ["-c", "import numpy"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("emission for thin clients", () => {
  it("works with curl as the README has it", async () => {
    const state = Array.from({ length: 14 }, (_, i) => (i === 13 ? 1 : 0.1));
    const { stdout } = await run("curl", [
      "--silent",
      "--show-error",
      `${api.url}/v1/teachers/robust/versions/latest/emit`,
      "-H",
      "Content-Type: application/json",
      "-d",
      JSON.stringify({ state }),
    ]);
    const { phi, family } = JSON.parse(stdout) as Emission;
    expect(family).toBe("mixed");
    // Meta-training's robust start: W = 2 I, a = e^−1, g = 4 e^−0.5, for every state; the weights are float32.
    expect((phi[0]!.W as number[][])[3]![3]).toBeCloseTo(2, 12);
    expect(phi[0]!.a).toBeCloseTo(Math.exp(-1), 6);
    expect(phi[0]!.g).toBeCloseTo(4 * Math.exp(-0.5), 6);
  });

  it.runIf(hasNumpy())(
    "trains a student in Python, better than cross-entropy where labels are noisy",
    async () => {
      const { stdout } = await run("python3", [
        join(top, "docs/examples/emit.py"),
        "--api",
        api.url,
        "--teacher",
        "robust",
        "--version",
        "^1",
      ]);
      const [, taught, plain] =
        /^robust@1\.0\.0, test error: ([\d.]+) % taught, ([\d.]+) % with/.exec(stdout) ?? [];
      // Chance is 90 %.
      expect(Number(taught)).toBeLessThan(30);
      expect(Number(taught)).toBeLessThan(Number(plain) - 1);
    },
  );

  it.runIf(hasNumpy())("says in Python what the API says is wrong", async () => {
    await expect(
      run("python3", [join(top, "docs/examples/emit.py"), "--api", api.url, "--teacher", "nobody"]),
    ).rejects.toMatchObject({
      stderr: expect.stringContaining("There is no teacher named nobody; there are: robust."),
    });
  });

  it("arrives compressed, as the platform does it by itself, and weights as they are", async () => {
    const get = async (path: string) => {
      const answer = await fetch(api.url + path, { headers: { "Accept-Encoding": "gzip" } });
      await answer.arrayBuffer();
      return answer.headers.get("Content-Encoding");
    };
    expect(await get("/v1/teachers/robust/versions/1.0.0")).toBe("gzip");
    expect(await get("/v1/teachers")).toBe("gzip");
    const { manifest } = (await (await fetch(`${api.url}/v1/teachers/robust/versions/1.0.0`)).json()) as {
      manifest: string;
    };
    const { weights } = JSON.parse(manifest) as { weights: { sha256: string } };
    expect(await get(`/v1/weights/${weights.sha256}`)).toBeNull();
  });
});
