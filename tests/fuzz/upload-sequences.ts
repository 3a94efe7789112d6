import { serializeSafetensors, sha256Hex } from "@lectern/shared/artifact";
import fc from "fast-check";
import type { World } from "./world.ts";

/** What a careless, confused or cut-off uploader does next. */
type Step =
  | { act: "begin" | "look" | "complete" | "abort" }
  | { act: "send"; part: number; how: "right" | "damaged" | "short" | "long" | "misdigested" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant("send" as const),
      part: fc.constantFrom(1, 2, 3),
      how: fc.constantFrom(
        "right",
        "right",
        "right",
        "right",
        "damaged",
        "short",
        "long",
        "misdigested" as const,
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constantFrom("begin", "look", "complete", "complete", "complete", "abort" as const),
    }),
  },
);

/** Whatever went before: who then does it right must succeed. */
function rightly(parts: number): Step[] {
  const sends = Array.from({ length: parts }, (_, i) => ({
    act: "send" as const,
    part: i + 1,
    how: "right" as const,
  }));
  return [{ act: "begin" }, ...sends.toReversed(), { act: "complete" }, { act: "look" }];
}

export interface UploadCounts {
  steps: number;
  /** Sequences whose weights were stored: all, as each ends with doing it right. */
  stored: number;
  /** Completions refused: parts missing, or not what was announced. */
  refused: number;
  failures: string[];
}

interface Held {
  id: string;
  /** By part, whether what lies there is right. */
  parts: Map<number, boolean>;
}

/**
 * Uploads in parts with their steps in any order and some of them wrong, against a model of what must come of it: weights
 * are there from the first completion with all parts right, and never before.
 *
 * @param parts of each upload: 1 for small weights, 3 for such of 11 MB
 */
export async function fuzzUploads(
  world: World,
  { sequences, seed, parts }: { sequences: number; seed: number; parts: 1 | 3 },
): Promise<UploadCounts> {
  const counts: UploadCounts = { steps: 0, stored: 0, refused: 0, failures: [] };
  const samples = fc.sample(fc.array(step, { minLength: 4, maxLength: 14 }), { seed, numRuns: sequences });
  for (const [i, steps] of samples.entries())
    await runSequence(world, { steps: [...steps, ...rightly(parts)], parts, seed: seed + i }, counts);
  return counts;
}

async function runSequence(
  { api: { url, token } }: World,
  { steps, parts, seed }: { steps: readonly Step[]; parts: 1 | 3; seed: number },
  counts: UploadCounts,
): Promise<void> {
  const data = new Float32Array(parts === 1 ? 100 : 2_700_000).fill(seed);
  const bytes = Uint8Array.from(serializeSafetensors({ V: { shape: [data.length], data } }));
  const sha256 = await sha256Hex(bytes);
  const ask = async (method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}) => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body !== undefined && { body }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const begin = async () => {
    const body = JSON.stringify({ sha256, bytes: bytes.length });
    const { status, text } = await ask("POST", "/v1/uploads", body, { "content-type": "application/json" });
    return { status, ...(JSON.parse(text) as { id: string; partBytes: number; parts: number[] }) };
  };
  const first = await begin();
  const size = first.partBytes;
  let held: Held | undefined = { id: first.id, parts: new Map() };
  let { id } = held;
  let isStored = false;
  const expectOf = (what: string, status: number, expected: readonly number[], text = "") => {
    if (!expected.includes(status))
      counts.failures.push(
        `upload ${seed}: ${what} answered ${status}, expected ${expected.join("/")}: ${text.slice(0, 200)}`,
      );
  };
  for (const [k, step] of steps.entries()) {
    counts.steps += 1;
    const what = `step ${k} of ${JSON.stringify(steps)}`;
    if (step.act === "begin") {
      const begun = await begin();
      expectOf(what, begun.status, [held ? 200 : 201]);
      held ??= { id: begun.id, parts: new Map() };
      id = begun.id;
    } else if (step.act === "look") {
      const { status, text } = await ask("GET", `/v1/uploads/${id}`);
      expectOf(what, status, [held ? 200 : 404], text);
      const told = held && (JSON.parse(text) as { parts: number[] }).parts;
      if (told?.toSorted().join() !== (held && [...held.parts.keys()].toSorted().join()))
        counts.failures.push(`upload ${seed}: ${what} told of the parts ${told?.join()}`);
    } else if (step.act === "send") {
      const { part, how } = step;
      const right = bytes.slice((part - 1) * size, part * size);
      const body = spoil(right, how);
      const { status, text } = await ask("PUT", `/v1/uploads/${id}/parts/${part}`, body, {
        "content-type": "application/octet-stream",
        ...(how === "misdigested" && {
          "content-digest": `sha-256=:${Buffer.alloc(32).toString("base64")}:`,
        }),
      });
      const isTaken = held !== undefined && part <= parts && (how === "right" || how === "damaged");
      expectOf(what, status, isTaken ? [200] : held ? [400, 413, 422] : [404, 413], text);
      if (isTaken) held!.parts.set(part, how === "right");
    } else if (step.act === "abort") {
      expectOf(what, (await ask("DELETE", `/v1/uploads/${id}`)).status, [204]);
      held = undefined;
    } else {
      const { status, text } = await ask("POST", `/v1/uploads/${id}/completion`);
      const isAll = held?.parts.size === parts;
      const isRight = isAll && [...held!.parts.values()].every(Boolean);
      expectOf(
        what,
        status,
        held === undefined ? [404] : !isAll ? [409] : isRight ? [200, 201] : [422],
        text,
      );
      if (isRight) {
        if (!isStored) counts.stored += 1;
        isStored = true;
      } else counts.refused += 1;
      // Whole or wrong, it is over.
      if (isAll) held = undefined;
    }
    const { status } = await ask("HEAD", `/v1/weights/${sha256}`);
    expectOf(`${what}: the weights`, status, [isStored ? 200 : 404]);
  }
}

function spoil(right: Uint8Array<ArrayBuffer>, how: string): Uint8Array<ArrayBuffer> {
  if (how === "short") return right.slice(0, -1);
  if (how === "long") return Uint8Array.from([...right.slice(0, 100), ...right]);
  if (how === "damaged") return right.map((byte, i) => (i === right.length - 1 ? byte ^ 1 : byte));
  return right;
}
