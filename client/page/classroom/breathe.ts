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
