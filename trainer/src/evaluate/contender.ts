import type { AnyNetwork } from "../recurrent/index.ts";
import { LecternError } from "@lectern/shared/errors";
import { fixedLosses, type FixedLoss, type FixedLossName } from "@lectern/shared/teacher";
import type { SearchSpace } from "./search.ts";

/** A teacher's network as plain JSON. */
export interface NetworkData extends Omit<AnyNetwork, "theta"> {
  readonly theta: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>
  >;
}

/** A teacher that takes part in an evaluation. */
export interface NamedTeacher {
  /** Unique among the contenders: "teacher", "gain-only". */
  readonly name: string;
  /** As people read it. */
  readonly label: string;
  readonly network: AnyNetwork | NetworkData;
}

/** Which loss a lesson follows: plain JSON, so that it travels to workers. */
export type LossSource =
  | { readonly kind: "fixed"; readonly loss: FixedLossName }
  | { readonly kind: "teacher"; readonly network: NetworkData };

/** A loss that takes part: what it is, what is tuned, and which data it learns from. */
export interface Contender {
  readonly name: string;
  readonly label: string;
  readonly source: LossSource;
  /** Its own parameter; absent for cross-entropy and teachers. */
  readonly parameter?: {
    readonly name: string;
    readonly grid: readonly number[];
    readonly bounds: readonly [number, number];
  };
  /** True: it also learns from the examples that the teacher's meta-training and measurements look at. */
  readonly extraData: boolean;
}

const labels: Readonly<Record<FixedLossName, string>> = {
  "cross-entropy": "cross-entropy",
  "label-smoothing": "label smoothing",
  focal: "focal",
  "large-margin": "large margin",
  "generalised-cross-entropy": "generalised cross-entropy",
  "symmetric-cross-entropy": "symmetric cross-entropy",
  poly: "PolyLoss",
};

/**
 * How far tuning may widen each parameter. At the low end all of them are nearly cross-entropy, which has a row of its
 * own: going further only spends trainings on noise.
 */
const bounds: Readonly<Record<FixedLossName, readonly [number, number]>> = {
  "cross-entropy": [0, 0],
  "label-smoothing": [0.02, 0.95],
  focal: [0.1, 8],
  "large-margin": [0.1, 16],
  "generalised-cross-entropy": [0.05, 1],
  "symmetric-cross-entropy": [0.001, 10],
  poly: [0.1, 32],
};

export const rivalNames = Object.keys(fixedLosses) as FixedLossName[];

/**
 * A fixed loss as a contender.
 * @throws LecternError `invalid-argument` if there is no loss of that name
 */
export function fixedContender(loss: FixedLossName, { extraData = false } = {}): Contender {
  if (!Object.hasOwn(fixedLosses, loss))
    throw new LecternError(
      "invalid-argument",
      `There is no fixed loss called "${String(loss)}".`,
      `Choose among ${rivalNames.join(", ")}.`,
    );
  const { parameter }: FixedLoss = fixedLosses[loss];
  return {
    name: extraData ? `${loss}+meta-dev` : loss,
    label: extraData ? `${labels[loss]} + dev data` : labels[loss],
    source: { kind: "fixed", loss },
    ...(parameter && {
      parameter: {
        name: parameter.name,
        grid: parameter.grid.toSorted((a, b) => a - b),
        bounds: bounds[loss],
      },
    }),
    extraData,
  };
}

export function teacherContender({ name, label, network }: NamedTeacher): Contender {
  const theta = Object.fromEntries(
    Object.entries<{ shape: readonly number[]; data: ArrayLike<number> }>(network.theta).map(
      ([key, { shape, data }]) => [key, { shape: [...shape], data: Array.from(data) }],
    ),
  );
  const { spec, features, measurement } = network;
  return {
    name,
    label,
    source: { kind: "teacher", network: { spec, theta, features, measurement } },
    extraData: false,
  };
}

/** What is searched for a contender: rates from `centre` outwards, and its own parameter. */
export const searchSpaceOf = ({ parameter }: Contender, centre: number): SearchSpace => ({
  centre,
  values: parameter?.grid ?? [0],
  ...(parameter && { bounds: parameter.bounds }),
});
