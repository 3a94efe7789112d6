import type { Warning } from "../teacher/warnings.ts";

/** Those of a lesson before it was saved, then those that came since: some come with the first step only. */
export const mergeWarnings = (before: readonly Warning[], after: readonly Warning[]): Warning[] => [
  ...before,
  ...after.filter(({ message }) => before.every((warning) => warning.message !== message)),
];
