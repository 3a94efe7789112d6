/** How long the page may be busy at a stretch: less than a frame of a 60 Hz screen. Milliseconds. */
const stretch = 12;

/**
 * Lets the page draw and answer when it has been busy for a while. By a message, not by a timer, which browsers delay,
 * nor by an animation frame, which a hidden tab never gets.
 */
export function createBreather(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  let waiting: (() => void)[] = [];
  let since = performance.now();
  port1.addEventListener("message", () => {
    const ready = waiting;
    [waiting, since] = [[], performance.now()];
    for (const resume of ready) resume();
  });
  port1.start();
  return async () => {
    if (performance.now() - since < stretch) return;
    await new Promise<void>((resume) => {
      waiting.push(resume);
      if (waiting.length === 1) port2.postMessage(null);
    });
  };
}

/** What lessons pass at each step: open, until somebody closes it. */
export interface Gate {
  close(): void;
  open(): void;
  /** @param lessons how many there are that may come here: when all of them wait, the gate says so */
  pass(lessons: number): Promise<void>;
}

/** @param onHeld is called when every lesson waits at the closed gate */
export function createGate(onHeld: () => void): Gate {
  let closed: { readonly opens: Promise<void>; readonly open: () => void } | undefined;
  let waiting = 0;
  return {
    close() {
      if (closed) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      closed = { opens: promise, open: resolve };
    },
    open() {
      closed?.open();
      closed = undefined;
    },
    async pass(lessons) {
      if (!closed) return;
      waiting += 1;
      if (waiting === lessons) onHeld();
      await closed.opens;
      waiting -= 1;
    },
  };
}
