import type { Architecture } from "../schema/manifest.ts";
import type { EmissionAlgebra } from "./algebra.ts";
import { familyOf, type Block, type Coefficients } from "./family.ts";
import { sizeOf } from "./host.ts";

/** θ by name: the tensors of a teacher's weights file. */
export type Theta<T> = Readonly<Record<string, T>>;

/** What shape θ has: everything that the manifest says about a teacher's network. */
export interface TeacherSpec {
  /** A built-in family, or one that was registered. */
  readonly family: string;
  readonly architecture: Architecture;
  readonly classes: number;
  /** D, the length of the state vector. */
  readonly features: number;
}

/**
 * Names and shapes of θ. Each block of φ gets a leading axis: one row a key (attention over N keys), or base and
 * direction (gate). V [D, N] reads the state; the gate has V [D, 1] and a bias c0 [1].
 */
export function thetaLayout(spec: TeacherSpec): readonly Block[] {
  const gate = spec.architecture.kind === "gate";
  const rows = spec.architecture.kind === "gate" ? 2 : spec.architecture.keys;
  return [
    ...familyOf(spec.family)
      .blocks(spec.classes)
      .map(({ name, shape }) => ({ name, shape: [rows, ...shape] })),
    { name: "V", shape: [spec.features, gate ? 1 : rows] },
    ...(gate ? [{ name: "c0", shape: [1] }] : []),
  ];
}

/**
 * μ_θ: from a student's state to the loss coefficients that it should be taught with now.
 * - attention (L2T-DLF, NeurIPS 2018): φ = Σᵢ softmax(s·V)ᵢ θᵢ
 * - gate (the authors' MNIST demo): φ = θ₀ + (2σ(s·V + c0) − 1)·θ₁
 *
 * @param state [D]
 * @returns φ, by the names of the family
 */
export function emit<T>(
  A: EmissionAlgebra<T>,
  { family: name, architecture, classes, features }: TeacherSpec,
  theta: Theta<T>,
  state: T,
): Coefficients<T> {
  const family = familyOf(name);
  const scores = A.matMul(A.reshape(state, [1, features]), theta.V!);
  let mix: (block: T, shape: readonly number[]) => T;
  if (architecture.kind === "gate") {
    const wide = A.mul(A.sigmoid(A.add(scores, theta.c0!)), A.tensor([2], []));
    const open = A.reshape(A.sub(wide, A.tensor([1], [])), []);
    mix = (block, shape) => {
      const [base, direction] = [0, 1].map((row) => A.reshape(A.slice(block, row, 1), shape)) as [T, T];
      return A.add(base, A.mul(direction, open));
    };
  } else {
    const attention = A.exp(A.logSoftmax(scores));
    mix = (block, shape) =>
      A.reshape(A.matMul(attention, A.reshape(block, [architecture.keys, sizeOf(shape)])), shape);
  }
  const mixed = family.blocks(classes).map(({ name, shape }) => [name, mix(theta[name]!, shape)] as const);
  return family.finish(A, Object.fromEntries(mixed));
}
