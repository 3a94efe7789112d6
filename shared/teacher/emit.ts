import type { Architecture } from "../schema/manifest.ts";
import type { Algebra } from "./algebra.ts";
import { familyOf, type Block, type Coefficients } from "./family.ts";

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
  const blocks = familyOf(spec.family)
    .blocks(spec.classes)
    .map(({ name, shape }) => ({ name, shape: [rows, ...shape] }));
  const reader = gate
    ? [
        { name: "V", shape: [spec.features, 1] },
        { name: "c0", shape: [1] },
      ]
    : [{ name: "V", shape: [spec.features, rows] }];
  return [...blocks, ...reader];
}

/**
 * μ_θ: from a student's state to the loss coefficients that it should be taught with now.
 * - attention (L2T-DLF, NeurIPS 2018): φ = Σᵢ softmax(s·V)ᵢ θᵢ
 * - gate (the authors' MNIST demo): φ = θ₀ + (2σ(s·V + c0) − 1)·θ₁
 *
 * @param state [D]
 * @returns φ, by the names of the family
 */
export function emit<T>(A: Algebra<T>, spec: TeacherSpec, theta: Theta<T>, state: T): Coefficients<T> {
  const scores = A.matMul(A.reshape(state, [1, spec.features]), theta.V!);
  const family = familyOf(spec.family);
  const mixed: Record<string, T> = {};
  if (spec.architecture.kind === "gate") {
    const open = A.sub(A.mul(A.sigmoid(A.add(scores, theta.c0!)), A.tensor([2], [])), A.tensor([1], []));
    for (const { name, shape } of family.blocks(spec.classes)) {
      const base = A.reshape(A.slice(theta[name]!, 0, 1), shape);
      const direction = A.reshape(A.slice(theta[name]!, 1, 1), shape);
      mixed[name] = A.add(base, A.mul(direction, A.reshape(open, [])));
    }
  } else {
    const { keys } = spec.architecture;
    const attention = A.exp(A.logSoftmax(scores));
    for (const { name, shape } of family.blocks(spec.classes)) {
      const size = shape.reduce((a, b) => a * b, 1);
      mixed[name] = A.reshape(A.matMul(attention, A.reshape(theta[name]!, [keys, size])), shape);
    }
  }
  return family.finish(A, mixed);
}
