import type { LecternError } from "@lectern/shared/errors";

/**
 * The machine's cores, handed out to whoever comes first in the experiment's order: lower priorities first, then in the
 * order of asking.
 */
export interface Slots {
  /** Resolves once `count` slots are free, with what gives them back. Rejects with the reason once stopped. */
  acquire(priority: number, count?: number): Promise<() => void>;
  /** No slot is handed out any more; those in use may end. */
  stop(reason: LecternError): void;
}

export function createSlots(total: number): Slots {
  let free = total;
  let stopped: LecternError | undefined;
  const waiting: Waiting[] = [];
  const serve = (): void => {
    // One that needs more than is free holds the others back: else it might wait for ever.
    while (waiting.length > 0 && waiting[0]!.count <= free) {
      const { count, resolve } = waiting.shift()!;
      free -= count;
      let held = true;
      resolve(() => {
        if (held) free += count;
        held = false;
        serve();
      });
    }
  };
  return {
    acquire: (priority, count = 1) =>
      new Promise((resolve, reject) => {
        if (stopped) return reject(stopped);
        const place = waiting.findIndex((other) => other.priority > priority);
        waiting.splice(place < 0 ? waiting.length : place, 0, {
          priority,
          count: Math.min(count, total),
          resolve,
          reject,
        });
        serve();
      }),
    stop(reason) {
      stopped ??= reason;
      for (const { reject } of waiting.splice(0)) reject(stopped);
    },
  };
}

interface Waiting {
  readonly priority: number;
  readonly count: number;
  resolve(release: () => void): void;
  reject(reason: LecternError): void;
}
