import { LecternError } from "@lectern/shared/errors";
import { answers } from "../backends/probe.ts";
import { nextTurn } from "./next-turn.ts";

/** What `selectBackend` gives of a backend whose device can be lost. */
export interface LosableBackend {
  readonly backend: string;
  /** Resolves with what happened. */
  readonly lost: Promise<string>;
}

export interface DeviceWatch {
  /** Resolves once the device is gone. */
  readonly gone: Promise<unknown>;
  /** What happened to it, if it is known to be gone. */
  reason(): string | undefined;
  /**
   * What the work gives, if the device still answers when the work has ended.
   * @throws LecternError `device-lost`; else what the work throws
   */
  whileAlive<T>(work: () => Promise<T>): Promise<T>;
}

/** A browser may report a loss well after what it made fail. Milliseconds. */
const longestReport = 3000;

export function watchDevice({ lost }: LosableBackend): DeviceWatch {
  let reason: string | undefined;
  const gone = lost.then((why) => (reason = why));

  const isGone = (): boolean => reason !== undefined;

  async function isAlive(): Promise<boolean> {
    if (!isGone() && (await answers())) return true;
    const since = performance.now();
    while (!isGone() && performance.now() - since < longestReport) await nextTurn();
    return !isGone();
  }

  return {
    gone,
    reason: () => reason,
    async whileAlive(work) {
      const [settled] = await Promise.allSettled([work()]);
      if (!(await isAlive()))
        throw new LecternError(
          "device-lost",
          `The device was lost: ${reason}.`,
          "Go on from the last save.",
          {
            cause: settled.status === "rejected" ? settled.reason : undefined,
          },
        );
      if (settled.status === "rejected") throw settled.reason;
      return settled.value;
    },
  };
}
