import { LecternError } from "@lectern/shared/errors";
import { absoluteModule } from "./custom-module.ts";
import { resolveTaskSpec, type TaskRequest, type TaskSpec } from "./spec.ts";

const numbers: Readonly<Record<string, Exclude<keyof TaskRequest, "name" | "conditions" | "augment">>> = {
  subset: "subset",
  "label-noise": "labelNoise",
  confusion: "confusion",
  imbalance: "imbalance",
  "dev-examples": "devExamples",
  "validation-examples": "validationExamples",
  "test-examples": "testExamples",
};

/**
 * A task as one flag says it: its name or path, and options by the names of `lectern train`.
 *
 * @throws LecternError `invalid-argument` naming what isn't one
 * @example
 * ```ts
 * parseTask("mnist,subset=2000,label-noise=0.4").labelNoise; // 0.4
 * ```
 */
export function parseTask(text: string): TaskSpec {
  const refuse = (problem: string): never => {
    throw new LecternError(
      "invalid-argument",
      `The task ${JSON.stringify(text)} ${problem}.`,
      `Write it as "mnist,subset=2000,label-noise=0.4": a name, and numbers for ${Object.keys(numbers).join(", ")}.`,
    );
  };
  const [name = "", ...options] = text.split(",").map((part) => part.trim());
  const entries = options.map((option): [string, number] => {
    const [flag = "", value = ""] = option.split("=").map((word) => word.trim());
    const key = numbers[flag] ?? refuse(`has ${JSON.stringify(flag)}, which is no option of one`);
    if (value === "" || !Number.isFinite(Number(value)))
      return refuse(`has ${JSON.stringify(value)} for ${flag}, expected a number`);
    return [key, Number(value)];
  });
  return resolveTaskSpec({ name: absoluteModule(name), ...Object.fromEntries(entries) });
}
