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

const rowsOf = (architecture: Architecture): number => (architecture.kind === "gate" ? 2 : architecture.keys);

/**
 * Names and shapes of θ. Each block of φ gets a leading axis: one row a key (attention over N keys), or base and
 * direction (gate). V [D, N] reads the state; the gate has V [D, 1] and a bias c0 [1].
 */
export function thetaLayout({ family, architecture, classes, features }: TeacherSpec): readonly Block[] {
  const gate = architecture.kind === "gate";
  const rows = rowsOf(architecture);
  return [
    ...familyOf(family)
      .blocks(classes)
      .map(({ name, shape }) => ({ name, shape: [rows, ...shape] })),
    { name: "V", shape: [features, gate ? 1 : rows] },
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
  // What each row of a block weighs in φ, [1, rows].
  const shares =
    architecture.kind === "gate"
      ? A.add(A.mul(A.tensor([0, 2], [1, 2]), A.sigmoid(A.add(scores, theta.c0!))), A.tensor([1, -1], [1, 2]))
      : A.exp(A.logSoftmax(scores));
  const rows = rowsOf(architecture);
  return family.finish(
    A,
    Object.fromEntries(
      family
        .blocks(classes)
        .map(({ name, shape }) => [
          name,
          A.reshape(A.matMul(shares, A.reshape(theta[name]!, [rows, sizeOf(shape)])), shape),
        ]),
    ),
  );
}
