import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { createChecker } from "./check-answer.ts";
import { type FuzzRequest, type Known, readOperations, requestsOf } from "./requests.ts";

export interface FuzzOptions {
  url: string;
  requests: number;
  seed: number;
  known: Known;
  tokens: readonly string[];
  /** Of workerd, to watch its memory. */
  pid: number;
  parallel?: number;
}

export interface FuzzCounts {
  /** By status. */
  statuses: Record<string, number>;
  /** Answers that followed the document to a success. */
  operations: number;
  failures: string[];
  /** Resident memory of workerd after each tenth of the requests, MB. */
  memoryMb: number[];
}

/** Sends requests made from the API's own document, and checks every answer against it. */
export async function fuzz({
  url,
  requests,
  seed,
  known,
  tokens,
  pid,
  parallel = 8,
}: FuzzOptions): Promise<FuzzCounts> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as unknown;
  const operations = readOperations(document);
  const check = createChecker();
  const counts: FuzzCounts = { statuses: {}, operations: operations.length, failures: [], memoryMb: [] };
  const each = Math.ceil(requests / operations.length / 10);
  for (let tenth = 0; tenth < 10; tenth++) {
    const batch = operations.flatMap((operation, i) =>
      fc.sample(requestsOf(operation, known, tokens), { seed: seed + 1000 * tenth + i, numRuns: each }),
    );
    const queue = interleave(batch, operations.length, each);
    await Promise.all(
      Array.from({ length: parallel }, async () => {
        for (let request = queue.pop(); request; request = queue.pop()) {
          const failure = await sendOne(url, request, check, counts.statuses);
          if (failure !== undefined && counts.failures.length < 20) counts.failures.push(failure);
        }
      }),
    );
    counts.memoryMb.push(await residentMb(pid));
  }
  return counts;
}

async function sendOne(
  url: string,
  request: FuzzRequest,
  check: ReturnType<typeof createChecker>,
  statuses: Record<string, number>,
): Promise<string | undefined> {
  const { operation, path, headers, body } = request;
  try {
    const response = await fetch(url + path, {
      method: operation.method,
      headers,
      redirect: "manual",
      ...(body !== undefined && { body: body as BodyInit }),
    });
    const answer = {
      status: response.status,
      type: response.headers.get("content-type"),
      text: await response.text(),
    };
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    return check(request, answer);
  } catch (error) {
    return `${operation.method} ${path.slice(0, 200)}: ${String(error)} ${String((error as Error).cause)}`;
  }
}

/** By turns of all operations. */
function interleave<Item>(items: readonly Item[], groups: number, each: number): Item[] {
  return Array.from({ length: items.length }, (_, k) => items[(k % groups) * each + Math.floor(k / groups)]!);
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}
