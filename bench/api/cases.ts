import { generateSigningKey } from "@lectern/shared/artifact";
import { compare, type Comparison, type Target } from "./load.ts";
import { makeTeacher, publishTeacher } from "./teachers.ts";
import { type Bare, startWorkers } from "./workers.ts";

export interface LoadOptions {
  alternations: number;
  seconds: number;
  /** What a case's name has; all by default. */
  only: string;
  onResult(name: string, comparison: Comparison): void;
}

/** Each kind of warm read and emission against a bare Worker that returns the same bytes. */
export async function compareAll(
  token: string,
  { alternations, seconds, only, onResult }: LoadOptions,
): Promise<Record<string, Comparison>> {
  const key = await generateSigningKey();
  const small = await makeTeacher("small", { classes: 10, keys: 4, key });
  // 8 keys of 2·40² + 42 float32: about 100 KB.
  const large = await makeTeacher("large", { classes: 40, keys: 8, key });
  const state = small.manifest.state.features.map((_, i) => 0.1 + i / 20);
  const headers = { "Content-Type": "application/json" };
  const batch = { states: Array.from({ length: 64 }, () => state) };
  const teacher = "/v1/teachers/small/versions/1.0.0";
  const cases: Record<string, Omit<Target, "url"> & { path: string }> = {
    "manifest, exact version": { path: teacher },
    [`weights, ${Math.round(large.weights.length / 1000)} KB`]: {
      path: `/v1/weights/${large.manifest.weights.sha256}`,
    },
    "emit, K = 10, 4 keys": {
      path: `${teacher}/emit`,
      method: "POST",
      headers,
      body: JSON.stringify({ state }),
    },
    "emit, the same in float32": {
      path: `${teacher}/emit`,
      method: "POST",
      headers,
      body: JSON.stringify({ state, dtype: "float32" }),
    },
    "emit, 64 states at once": {
      path: `${teacher}/emit`,
      method: "POST",
      headers,
      body: JSON.stringify(batch),
    },
    "manifest, latest (through the cache)": { path: "/v1/teachers/small/versions/latest" },
    "list (through the cache)": { path: "/v1/teachers" },
  };

  // What each answers, from a first start; the same again behind bare Workers in the second.
  const publishAll = async (origin: string) => {
    for (const made of [small, large]) await publishTeacher(origin, token, made, key);
  };
  const first = await startWorkers(token);
  const bares: Bare[] = [];
  try {
    const origin = await first.address("lectern");
    await publishAll(origin);
    for (const [i, { path, method = "GET", headers = {}, body }] of Object.values(cases).entries()) {
      const answer = await fetch(origin + path, { method, headers, ...(body === undefined ? {} : { body }) });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (!answer.ok) throw new Error(`${path}: ${new TextDecoder().decode(bytes)}`);
      bares.push({ name: `bare-${i}`, type: answer.headers.get("Content-Type") ?? "", bytes });
    }
  } finally {
    await first.stop();
  }
  const workers = await startWorkers(token, bares);
  const results: Record<string, Comparison> = {};
  try {
    const origin = await workers.address("lectern");
    await publishAll(origin);
    for (const [i, [name, { path, ...rest }]] of Object.entries(cases).entries()) {
      if (!name.includes(only)) continue;
      const bare = { ...rest, url: `${await workers.address(`bare-${i}`)}/` };
      const { cpuMs } = workers;
      const comparison = await compare({ ...rest, url: origin + path }, bare, {
        alternations,
        seconds,
        cpuMs,
      });
      results[name] = comparison;
      onResult(name, comparison);
    }
  } finally {
    await workers.stop();
  }
  return results;
}
