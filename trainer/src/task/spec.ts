import { LecternError } from "@lectern/shared/errors";
import { z } from "zod";
import { augmentation } from "./augment.ts";
import { conditionSpec } from "./condition.ts";
import { isModulePath, refuseName } from "./custom-module.ts";

/** What a student's local data set is drawn from, and how large everything is. */
export const taskSpec = z.strictObject({
  /** A name of `taskNames`, or the path of a module, a .csv file or a .table.json. */
  name: z.string().min(1),
  /** Examples of a local training set. */
  subset: z.int().min(1),
  /**
   * Uniform label noise: with this probability a label is drawn anew, uniformly over **all** K classes, the right one
   * included. So 0.4 at 10 classes leaves 36 % of the labels wrong.
   */
  labelNoise: z.number().min(0).max(1),
  /**
   * How many times more frequent the first class is than the last, with an exponential profile in between: class k
   * gets a share ∝ imbalance^(−k/(K−1)) (Cui et al. 2019, "Class-Balanced Loss", section 5). 1 draws without regard to
   * classes. Dev, validation and test sets keep their own frequencies.
   */
  imbalance: z.number().min(1),
  /**
   * Class-dependent label noise: with this probability class k is labelled as the next one, k + 1 mod K ("pair
   * flipping", Han et al. 2018, "Co-teaching"), before uniform noise. Left out: 0.
   */
  confusion: z.number().min(0).max(1).optional(),
  /** Kinds of students, of which each is one: see condition.ts. Left out: all are alike. */
  conditions: z.array(conditionSpec).min(1).optional(),
  /** How pictures are changed each time a student learns from them, alike for every loss. Left out: not at all. */
  augment: augmentation.optional(),
  /** Clean examples by which the teacher is trained, and on which a student's state is measured. */
  devExamples: z.int().min(1),
  /** Clean examples by which θ, rates and rivals' parameters are chosen. */
  validationExamples: z.int().min(1),
  testExamples: z.int().min(1),
});
export type TaskSpec = z.infer<typeof taskSpec>;
/** What the user says; the rest are the task's defaults. */
export type TaskRequest = { readonly name: string } & {
  readonly [Key in keyof Omit<TaskSpec, "name">]?: TaskSpec[Key] | undefined;
};

const clean = { labelNoise: 0, imbalance: 1 };
const defaults = {
  glyphs: { subset: 1000, ...clean, devExamples: 1000, validationExamples: 1000, testExamples: 2000 },
  mnist: { subset: 5000, ...clean, devExamples: 5000, validationExamples: 5000, testExamples: 10_000 },
  "fashion-mnist": {
    subset: 5000,
    ...clean,
    devExamples: 5000,
    validationExamples: 5000,
    testExamples: 10_000,
  },
  cifar10: { subset: 5000, ...clean, devExamples: 5000, validationExamples: 5000, testExamples: 5000 },
  cifar100: { subset: 5000, ...clean, devExamples: 5000, validationExamples: 5000, testExamples: 10_000 },
  optdigits: { subset: 300, ...clean, devExamples: 800, validationExamples: 800, testExamples: 1797 },
  adult: { subset: 1000, ...clean, devExamples: 5000, validationExamples: 5000, testExamples: 16_281 },
  abalone: { subset: 400, ...clean, devExamples: 700, validationExamples: 700, testExamples: 1000 },
  banknote: { subset: 100, ...clean, devExamples: 250, validationExamples: 250, testExamples: 300 },
  ionosphere: { subset: 60, ...clean, devExamples: 60, validationExamples: 60, testExamples: 70 },
  iris: { subset: 24, ...clean, devExamples: 24, validationExamples: 24, testExamples: 30 },
  sonar: { subset: 36, ...clean, devExamples: 36, validationExamples: 36, testExamples: 40 },
  wine: { subset: 30, ...clean, devExamples: 30, validationExamples: 30, testExamples: 38 },
  "wine-quality": {
    subset: 400,
    ...clean,
    devExamples: 900,
    validationExamples: 900,
    testExamples: 1000,
  },
} as const;
const customDefaults = {
  subset: 1000,
  ...clean,
  devExamples: 1000,
  validationExamples: 1000,
  testExamples: 1000,
};

export type TaskName = keyof typeof defaults;
export const taskNames = Object.keys(defaults) as TaskName[];

export function isTaskName(name: string): name is TaskName {
  return Object.hasOwn(defaults, name);
}

/**
 * A whole specification from a name and what the user said of the rest.
 *
 * @throws LecternError `invalid-argument` for an unknown name, or naming the option, its value and what was expected.
 * @example
 * ```ts
 * resolveTaskSpec({ name: "mnist", labelNoise: 0.4 }).subset; // 5000
 * ```
 */
export function resolveTaskSpec(request: TaskRequest): TaskSpec {
  const { name } = request;
  if (!isTaskName(name) && !isModulePath(name)) refuseName(name, "task", taskNames);
  const said = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  const parsed = taskSpec.safeParse({
    ...(isTaskName(name) ? defaults[name] : customDefaults),
    ...said,
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const option = String(issue?.path[0] ?? "option");
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys.join(", ") : null;
  throw new LecternError(
    "invalid-argument",
    unknown
      ? `Task ${name} has no option ${unknown}.`
      : `Task ${name}: ${option} is ${show(said[option])}: ${lowerFirst(issue?.message ?? "invalid")}.`,
    unknown
      ? `The options are ${[...Object.keys(customDefaults), "confusion", "conditions"].join(", ")}.`
      : `Pass another ${option}, or leave it out.`,
  );
}

/** Not JSON alone: it calls NaN null. */
const show = (value: unknown) => (typeof value === "number" ? String(value) : JSON.stringify(value));
const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
