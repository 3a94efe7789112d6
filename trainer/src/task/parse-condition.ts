import { LecternError } from "@lectern/shared/errors";
import type { ConditionSpec } from "./condition.ts";

const names: Readonly<Record<string, keyof ConditionSpec>> = {
  subset: "subset",
  "label-noise": "labelNoise",
  confusion: "confusion",
  imbalance: "imbalance",
  lopsided: "lopsided",
};

/**
 * A condition as a flag says it: options by the names of `lectern train`, each with a number or a range.
 *
 * @throws LecternError `invalid-argument` naming what isn't one
 * @example
 * ```ts
 * parseCondition("subset=60..400,label-noise=0..0.5"); // { subset: [60, 400], labelNoise: [0, 0.5] }
 * ```
 */
export function parseCondition(text: string): ConditionSpec {
  const refuse = (problem: string): never => {
    throw new LecternError(
      "invalid-argument",
      `The condition ${JSON.stringify(text)} ${problem}.`,
      'Write it as "subset=60..400,label-noise=0.4": a number or a range for each of subset, label-noise, confusion, imbalance, lopsided.',
    );
  };
  const entries = text.split(",").map((part): [string, number | [number, number]] => {
    const [name = "", value = ""] = part.split("=").map((word) => word.trim());
    const key = names[name] ?? refuse(`has ${JSON.stringify(name)}, which is no option of one`);
    const ends = value.split("..").map((end) => (end.trim() === "" ? Number.NaN : Number(end)));
    if (ends.length > 2 || !ends.every(Number.isFinite))
      return refuse(`has ${JSON.stringify(value)} for ${name}, expected a number or a range`);
    return [key, ends.length === 1 ? ends[0]! : [ends[0]!, ends[1]!]];
  });
  return Object.fromEntries(entries) as ConditionSpec;
}
