import { engine, getBackend, getGradient, getKernel, type Tensor } from "@tensorflow/tfjs-core";

/** Names of the kernels that a gradient of a gradient goes through, sorted. */
export interface TapeRecord {
  /** Differentiated twice: those of f itself. */
  readonly forward: readonly string[];
  /** Differentiated once: those that f's gradient is made of. */
  readonly backward: readonly string[];
}

export interface TapeRecorder {
  /** Call it when f(x) is computed. */
  forwardDone(): void;
  /** Call it when ∇f(x) is computed. */
  gradientDone(): TapeRecord;
}

export interface TapeNode {
  /** A kernel's name, or for other operations the name of the scope that they ran in. */
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, Tensor | undefined>>;
  readonly outputs: readonly Tensor[];
}

export const tape = (): readonly TapeNode[] =>
  (engine().state.activeTape as unknown as readonly TapeNode[] | null) ?? [];

/** The engine's own clones (of tensors that gradients save) have an input `x`; those of customGrad are numbered. */
export const isClone = ({ kernelName, inputs }: TapeNode): boolean =>
  "x" in inputs && getGradient(kernelName) === undefined && getKernel(kernelName, getBackend()) === undefined;

/** Of those nodes that depend on a tensor in `reached`, to which it adds what they give. */
function namesOf(nodes: readonly TapeNode[], reached: Set<number>): string[] {
  const names = new Set<string>();
  for (const node of nodes) {
    if (!Object.values(node.inputs).some((input) => input && reached.has(input.id))) continue;
    for (const output of node.outputs) reached.add(output.id);
    if (!isClone(node)) names.add(node.kernelName);
  }
  return [...names].toSorted();
}

/**
 * Records which kernels the next gradient with respect to `xs` goes through. Call it inside of an outer gradient, so
 * that the tape outlives the inner one. An operation with a gradient of its own (`tf.customGrad`) appears under the
 * name of the scope that it ran in, such as `logSoftmax__op`.
 */
export function recordTape(xs: readonly Tensor[]): TapeRecorder {
  const start = tape().length;
  let middle = start;
  return {
    forwardDone: () => {
      middle = tape().length;
    },
    gradientDone: () => {
      const reached = new Set(xs.map(({ id }) => id));
      return {
        forward: namesOf(tape().slice(start, middle), reached),
        backward: namesOf(tape().slice(middle), reached),
      };
    },
  };
}
