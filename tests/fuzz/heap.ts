/** What an isolate's JavaScript holds after a forced collection. Bytes. */
export interface HeapUse {
  /** Objects. */
  used: number;
  /** Bytes of buffers, which lie outside the heap. */
  buffers: number;
  /** What the runtime itself holds for objects of the platform: requests, headers, streams. */
  platform: number;
}

/**
 * Collects the garbage of each isolate of a workerd, and says what is left, by the isolate's name: what is then still
 * there is held by something. Resident memory can't tell that, as V8 collects when it likes, and gives little back.
 *
 * @param inspector host and port of workerd's inspector
 */
export async function measureHeaps(inspector: string): Promise<Record<string, HeapUse>> {
  const isolates = (await (await fetch(`http://${inspector}/json`)).json()) as { id: string }[];
  const uses: Record<string, HeapUse> = {};
  for (const { id } of isolates) uses[id] = await measureHeap(`ws://${inspector}/${id}`);
  return uses;
}

async function measureHeap(address: string): Promise<HeapUse> {
  const session = await openSession(address);
  try {
    // Of the protocol's ways to collect, this one collects before it answers; the others wait for the next request.
    await session.ask("HeapProfiler.takeHeapSnapshot");
    const use = await session.ask("Runtime.getHeapUsage");
    return {
      used: use["usedSize"] ?? 0,
      buffers: use["backingStorageSize"] ?? 0,
      platform: use["embedderHeapUsedSize"] ?? 0,
    };
  } finally {
    session.close();
  }
}

interface Session {
  ask(method: string): Promise<Record<string, number>>;
  close(): void;
}

async function openSession(address: string): Promise<Session> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, PromiseWithResolvers<Record<string, number>>>();
  const fail = () => {
    for (const { reject } of waiting.values()) reject(new Error(`the inspector at ${address} closed`));
    waiting.clear();
  };
  const opened = Promise.withResolvers<void>();
  socket.addEventListener("open", () => opened.resolve());
  socket.addEventListener("error", () => opened.reject(new Error(`no inspector at ${address}`)));
  socket.addEventListener("close", fail);
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as {
      id?: number;
      result?: Record<string, number>;
      error?: { message: string };
    };
    const asked = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || asked === undefined) return;
    waiting.delete(id);
    if (error) asked.reject(new Error(`the inspector: ${error.message}`));
    else asked.resolve(result ?? {});
  });
  await opened.promise;
  let last = 0;
  return {
    ask(method) {
      const id = ++last;
      const answer = Promise.withResolvers<Record<string, number>>();
      waiting.set(id, answer);
      socket.send(JSON.stringify({ id, method }));
      return answer.promise;
    },
    close: () => socket.close(),
  };
}
