import { LecternError } from "@lectern/shared/errors";
import type { OpenedBackend } from "./opened.ts";

/**
 * The work's result, or an error that says so as soon as its device is gone: numbers that come back after that mean
 * nothing.
 *
 * @throws LecternError `unsupported` if the device was lost before the work ended
 */
export async function whileAlive<T>(
  { name, lost }: Pick<OpenedBackend, "name" | "lost">,
  run: () => Promise<T>,
): Promise<T> {
  const gone: Promise<never> = lost.then((reason) => {
    throw new LecternError(
      "unsupported",
      `The backend ${name} lost its device: ${reason.replace(/\.$/, "")}.`,
      "The run keeps its last checkpoint: go on with lectern train --run FOLDER --resume.",
    );
  });
  const work = run();
  // A loss that made the work fail, or end with wrong numbers, may be reported a turn of the event loop later.
  const settled = work.then(nextTurn, nextTurn);
  await Promise.race([gone, settled]);
  return work;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
