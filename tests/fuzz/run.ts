import fc from "fast-check";
import { type Answer, createChecker } from "./check-answer.ts";
import { type FuzzRequest, type Known, readOperations, requestsOf } from "./requests.ts";

export interface FuzzOptions {
  url: string;
  requests: number;
  seed: number;
  known: Known;
  tokens: readonly string[];
  parallel?: number;
  /** Gets the same requests; what it answers doesn't matter. */
  twin?: string | undefined;
  /** Called after each tenth of the requests. */
  onTenth?: ((sent: number) => Promise<void>) | undefined;
}

export interface FuzzCounts {
  /** By status. */
  statuses: Record<string, number>;
  /** Answers that followed the document to a success. */
  operations: number;
  failures: string[];
}

/** Sends requests made from the API's own document, and checks every answer against it. */
export async function fuzz({
  url,
  requests,
  seed,
  known,
  tokens,
  parallel = 16,
  twin,
  onTenth,
}: FuzzOptions): Promise<FuzzCounts> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as unknown;
  const operations = readOperations(document);
  const check = createChecker();
  const counts: FuzzCounts = { statuses: {}, operations: operations.length, failures: [] };
  const each = Math.ceil(requests / operations.length / 10);
  for (let tenth = 0; tenth < 10; tenth++) {
    const batch = operations.flatMap((operation, i) =>
      fc.sample(requestsOf(operation, known, tokens), { seed: seed + 1000 * tenth + i, numRuns: each }),
    );
    const queue = interleave(batch, operations.length, each);
    await inParallel(parallel, queue, async (request) => {
      const failure = await sendOne(url, request, check, counts.statuses);
      if (failure !== undefined && counts.failures.length < 20) counts.failures.push(failure);
    });
    if (twin !== undefined)
      await inParallel(parallel, queue, async (request) => void (await send(twin, request)));
    await onTenth?.((tenth + 1) * queue.length);
  }
  return counts;
}

export async function inParallel<Item>(
  parallel: number,
  items: readonly Item[],
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (let item = queue.pop(); item !== undefined; item = queue.pop()) await act(item);
    }),
  );
}

async function send(url: string, { operation, path, headers, body }: FuzzRequest): Promise<Answer> {
  const response = await fetch(url + path, {
    method: operation.method,
    headers,
    redirect: "manual",
    ...(body !== undefined && { body: body as BodyInit }),
  });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    text: await response.text(),
  };
}

async function sendOne(
  url: string,
  request: FuzzRequest,
  check: ReturnType<typeof createChecker>,
  statuses: Record<string, number>,
): Promise<string | undefined> {
  const { operation, path } = request;
  try {
    const answer = await send(url, request);
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
