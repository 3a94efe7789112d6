import { demand, LecternError } from "../errors/index.ts";
import type { LossFamily } from "../schema/manifest.ts";
import type { Algebra, EmissionAlgebra } from "./algebra.ts";
import type { StartingPoint } from "./start.ts";

type CoreFamily = Exclude<LossFamily, "invariant" | "taylor">;

/** Loss coefficients φ by name, for one family. */
export type Coefficients<T> = Readonly<Record<string, T>>;

/** A named block of θ's values: what each key holds of φ, before {@link LossFamilySpec.finish}. */
export interface Block {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface LossFamilySpec {
  /** The blocks of φ for K classes. */
  blocks(classes: number): readonly Block[];
  /** From mixed blocks to φ: exponentiates log-coefficients, so that they stay positive. */
  finish<T>(A: EmissionAlgebra<T>, mixed: Coefficients<T>): Coefficients<T>;
  /**
   * ℓ_φ for each example.
   * @param logits [n, K]
   * @param target [n, K]: one-hot, or a distribution over classes
   * @returns [n]
   */
  losses<T>(A: Algebra<T>, phi: Coefficients<T>, logits: T, target: T): T;
  /**
   * Where meta-training starts: value `index` (row-major) of a block, the same for each key. A family without it starts
   * at 0, except for the built-in ones' own blocks (`StartingPoint`).
   * @param point the fixed loss that was asked for, for families that contain it
   */
  start?(block: string, index: number, classes: number, point?: StartingPoint): number;
}

/** −σ((log p · W + b)_y): L2T-DLF (NeurIPS 2018), eq. for classification; W starts at the identity, b at 0. */
const bilinear: LossFamilySpec = {
  blocks: (K) => [
    { name: "W", shape: [K, K] },
    { name: "b", shape: [K] },
  ],
  finish: (_, mixed) => mixed,
  losses: (A, phi, logits, target) => negate(A, bounded(A, phi, A.logSoftmax(logits), target)),
};

/**
 * −a·(log p · U)_y − g·σ((log p · W + b)_y) with a = e^c₀, g = e^c₁. Contains cross-entropy, label smoothing (U),
 * class-dependent smoothing and the bounded loss, and lets a teacher move between them over time.
 */
const mixed: LossFamilySpec = {
  blocks: (K) => [
    { name: "U", shape: [K, K] },
    { name: "W", shape: [K, K] },
    { name: "b", shape: [K] },
    { name: "c", shape: [2] },
  ],
  finish(A, { U, W, b, c }) {
    const gains = A.exp(c!);
    return {
      U: U!,
      W: W!,
      b: b!,
      a: A.reshape(A.slice(gains, 0, 1), []),
      g: A.reshape(A.slice(gains, 1, 1), []),
    };
  },
  losses(A, phi, logits, target) {
    const logP = A.logSoftmax(logits);
    const linear = A.sum(A.mul(A.matMul(logP, phi.U!), target), 1);
    return negate(A, A.add(A.mul(linear, phi.a!), A.mul(bounded(A, phi, logP, target), phi.g!)));
  },
};

/** −a·(log p)_y: cross-entropy times a learned factor. A rival: what beats it is more than a learned step size. */
const gain: LossFamilySpec = {
  blocks: () => [{ name: "c", shape: [1] }],
  finish: (A, { c }) => ({ a: A.reshape(A.exp(c!), []) }),
  losses: (A, phi, logits, target) => negate(A, A.mul(A.sum(A.mul(A.logSoftmax(logits), target), 1), phi.a!)),
};

function bounded<T>(A: Algebra<T>, phi: Coefficients<T>, logP: T, target: T): T {
  return A.sigmoid(A.sum(A.mul(A.add(A.matMul(logP, phi.W!), phi.b!), target), 1));
}

const negate = <T>(A: Algebra<T>, x: T): T => A.mul(x, A.tensor([-1], []));

/** The families that every client has; a manifest can name `furtherFamilies` too. */
export const families: Readonly<Record<CoreFamily, LossFamilySpec>> = { bilinear, mixed, gain };

/** The built-in families, and one's own: a name, or a module's path, to what a module exported. Each thread has its own. */
const known = new Map<string, LossFamilySpec>(Object.entries(families));

/**
 * Makes a family known in this thread, so that teachers of it can be trained and emitted here; again under the same name
 * replaces it. Teachers of such a family can't be published: a manifest names built-in ones only.
 *
 * @throws LecternError `invalid-argument` for the name of a built-in family
 * @example
 * ```ts
 * registerFamily("tempered", tempered);
 * familyOf("tempered").blocks(10);
 * ```
 */
export function registerFamily(name: string, spec: LossFamilySpec): void {
  if (Object.hasOwn(families, name))
    throw new LecternError(
      "invalid-argument",
      `The loss family "${name}" is built in.`,
      "Choose another name.",
    );
  known.set(name, spec);
}

/** @throws LecternError `invalid-argument` if no family of that name is known in this thread */
export function familyOf(name: string): LossFamilySpec {
  const spec = known.get(name);
  demand(
    spec,
    "invalid-argument",
    `Unknown loss family ${JSON.stringify(name)}, expected ${[...known.keys()].join(", ")}`,
    "Call registerFamilies of @lectern/client/families.",
  );
  return spec;
}

/**
 * Σ wᵢ ℓᵢ / Σ wᵢ over examples or tokens; masked ones have weight 0 and count nowhere. All weights 0 gives 0.
 * @param losses [n]
 * @param weights [n], non-negative; absent means 1 each
 */
export function weightedMean<T>(A: Algebra<T>, losses: T, weights?: T): T {
  const n = A.shapeOf(losses)[0]!;
  if (weights === undefined) return A.mul(A.sum(losses), A.tensor([1 / n], []));
  // The tiny constant only matters when every weight is 0: then 0/tiny = 0 and no NaN reaches the student.
  return A.div(A.sum(A.mul(losses, weights)), A.add(A.sum(weights), A.tensor([1e-30], [])));
}
