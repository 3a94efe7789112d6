import { LecternError } from "@lectern/shared/errors";
import { buildLenet, buildMlp, buildResnet8, type StudentBuilder } from "../student/index.ts";

/** A workload of ../../../bench/pytorch.py: the same student, batch and shapes there and here. */
export interface BenchCase {
  readonly name: string;
  readonly batch: number;
  readonly inputShape: readonly number[];
  readonly build: StudentBuilder;
}

export const classes = 10;

export const benchCases: readonly BenchCase[] = [
  { name: "mlp", batch: 64, inputShape: [28, 28, 1], build: buildMlp },
  {
    name: "lenet",
    batch: 128,
    inputShape: [28, 28, 1],
    build: (options) => buildLenet({ ...options, activation: "tanh" }),
  },
  { name: "resnet8", batch: 128, inputShape: [32, 32, 3], build: buildResnet8 },
];

export const benchCaseNames: readonly string[] = benchCases.map(({ name }) => name);

/** @throws LecternError `invalid-argument` */
export function benchCase(name: string): BenchCase {
  const found = benchCases.find((each) => each.name === name);
  if (!found)
    throw new LecternError(
      "invalid-argument",
      `Unknown benchmark case "${name}".`,
      `Choose one of ${benchCaseNames.join(", ")}.`,
    );
  return found;
}
