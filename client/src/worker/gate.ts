import { nextTurn } from "../resume/next-turn.ts";

/** How long a lesson may keep messages waiting, in milliseconds. */
const stretch = 40;

/**
 * What a lesson passes after each step: it lets messages in now and then, and holds the lesson while it is paused. By
 * messages, not by timers or animation frames, which browsers delay or stop in hidden pages.
 */
export interface Gate {
  close(): void;
  open(): void;
  /** @param held is called if the gate is closed, before the lesson waits */
  pass(held: () => void): Promise<void>;
}

export function createGate(): Gate {
  let opened: { readonly wait: Promise<void>; readonly open: () => void } | undefined;
  let since = performance.now();
  return {
    close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      opened ??= { wait: promise, open: resolve };
    },
    open() {
      opened?.open();
      opened = undefined;
    },
    async pass(held) {
      if (performance.now() - since >= stretch) {
        await nextTurn();
        since = performance.now();
      }
      for (let closed = opened; closed; closed = opened) {
        held();
        await closed.wait;
      }
    },
  };
}
