import { LecternError } from "@lectern/shared/errors";
import type { OptimizerSpec } from "@lectern/shared/schema";

type WithDefaults<Spec, Optional extends keyof Spec> = Omit<Spec, Optional> & Partial<Pick<Spec, Optional>>;
type Of<Kind extends OptimizerSpec["kind"]> = Extract<OptimizerSpec, { kind: Kind }>;

/** An optimizer by its numbers; what is left out is as in the manifest's format (no decay, Adam's usual constants). */
export type OptimizerOptions =
  | WithDefaults<Of<"sgd">, "weightDecay">
  | WithDefaults<Of<"momentum">, "weightDecay">
  | WithDefaults<Of<"adam">, "beta1" | "beta2" | "epsilon" | "weightDecay">;

interface Field {
  readonly expected: string;
  readonly holds: (value: number) => boolean;
  readonly fallback?: number;
}

const positive: Field = { expected: "a number above 0", holds: (v) => v > 0 };
const fraction: Field = { expected: "a number from 0 to below 1", holds: (v) => v >= 0 && v < 1 };
const decay: Field = { expected: "a number of at least 0", holds: (v) => v >= 0, fallback: 0 };
const common = { learningRate: positive, weightDecay: decay };

const fieldsOf: Readonly<Record<OptimizerSpec["kind"], Readonly<Record<string, Field>>>> = {
  sgd: common,
  momentum: { ...common, momentum: fraction },
  adam: {
    ...common,
    beta1: { ...fraction, fallback: 0.9 },
    beta2: { ...fraction, fallback: 0.999 },
    epsilon: { ...positive, fallback: 1e-7 },
  },
};

/**
 * The whole optimizer, defaults filled in.
 * @throws LecternError `invalid-argument` for an unknown kind, or a number that is missing or out of range
 */
export function fillOptimizer(given: OptimizerOptions): OptimizerSpec {
  if (!Object.hasOwn(fieldsOf, given.kind))
    throw misuse(
      `optimizer.kind is ${JSON.stringify(given.kind)}, expected "sgd", "momentum" or "adam", or an optimizer of tf.train.`,
    );
  const numbers = Object.entries(fieldsOf[given.kind]).map(([name, { expected, holds, fallback }]) => {
    const value = (given as unknown as Record<string, unknown>)[name] ?? fallback;
    if (typeof value === "number" && Number.isFinite(value) && holds(value)) return [name, value];
    throw misuse(`optimizer.${name} is ${String(value)}, expected ${expected}.`);
  });
  return { kind: given.kind, ...Object.fromEntries(numbers) } as OptimizerSpec;
}

const misuse = (problem: string): LecternError =>
  new LecternError(
    "invalid-argument",
    problem,
    "Leave optimizer out to follow the teacher's recipe, or mend it.",
  );
