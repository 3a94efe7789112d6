import * as tf from "@tensorflow/tfjs-core";
import type { Batch, Student } from "@lectern/client/lesson";
import { sumOf } from "./arithmetic.ts";
import { graphOf, type Graph } from "./graph.ts";
import type { Adjoint, Applied, Backward, Dual } from "./rule.ts";

/** A forward pass through a model's layers, ready for the way back. */
export interface Sweep {
  readonly graph: Graph;
  readonly applied: readonly (Applied | undefined)[];
  /** Places of the student's variables. */
  readonly places: ReadonlyMap<tf.Variable, number>;
  readonly output: Dual;
}

/**
 * @param directions v, in the order of the student's variables; absent: values only
 */
export function goForward(student: Student, { x }: Batch, directions?: readonly tf.Tensor[]): Sweep {
  const graph = graphOf(student.model)!;
  const places = new Map(student.variables.map((variable, i) => [variable, i]));
  const input: Dual = { value: x, tangents: [] };
  const applied: (Applied | undefined)[] = [];
  for (const node of graph.nodes) {
    const result = node?.rule(
      node.inputs.map((place) => applied[place]?.output ?? input),
      node.variables.map((variable) => ({ variable, direction: directions?.[places.get(variable)!] })),
    );
    applied.push(result && node!.readers > 1 ? inOnePiece(result) : result);
  }
  return { graph, applied, places, output: applied.at(-1)!.output };
}

/** A tangent that several layers read is added up once, and none of them may do so in place. */
function inOnePiece(applied: Applied): Applied {
  const { value, tangents } = applied.output;
  return tangents.length < 2 ? applied : { ...applied, output: { value, tangents: [sumOf(tangents)] } };
}

/** From the gradient of the output to the weights' products, or to their gradients if it has no tangent. */
export function goBack({ graph: { nodes }, applied, places }: Sweep, output: Adjoint): tf.Tensor[] {
  const adjoints: (Adjoint | undefined)[] = [];
  adjoints[nodes.length - 1] = output;
  const products: (tf.Tensor | undefined)[] = Array.from({ length: places.size });
  for (let at = nodes.length - 1; at > 0; at--) {
    const node = nodes[at]!;
    const adjoint = adjoints[at];
    if (!adjoint || !node.trainable) continue;
    const needed = node.inputs.map((place) => nodes[place]?.trainable ?? false);
    const before = node.inputs.map((place) => adjoints[place]);
    const { inputs, weights, includesBefore } = inTidy(() => applied[at]!.backward(adjoint, needed, before));
    for (const [i, variable] of node.variables.entries()) {
      const place = places.get(variable)!;
      const sum = products[place];
      products[place] = sum ? tf.add(sum, weights[i]!) : weights[i]!;
    }
    const done = [adjoint];
    for (const [i, place] of node.inputs.entries()) {
      const part = inputs[i];
      if (!part || !needed[i]) continue;
      const sum = adjoints[place];
      adjoints[place] = includesBefore ? part : addAdjoints(sum, part);
      if (sum) done.push(sum, part);
    }
    adjoints[at] = undefined;
    disposeUnread(done, adjoints);
  }
  return products as tf.Tensor[];
}

const inTidy = (run: () => Backward): Backward =>
  tf.tidy(() => run() as unknown as tf.TensorContainer) as unknown as Backward;

/**
 * Frees what no layer will read: its memory, still in the cache, is what the next layer writes to. Activations are larger
 * than a cache, so that new memory each time would have to be read before it is written.
 */
function disposeUnread(done: readonly Adjoint[], adjoints: readonly (Adjoint | undefined)[]): void {
  const tensorsOf = ({ value, tangent }: Adjoint) => (tangent ? [value, tangent] : [value]);
  const read = new Set(adjoints.flatMap((adjoint) => (adjoint ? tensorsOf(adjoint) : [])));
  for (const tensor of done.flatMap(tensorsOf)) if (!read.has(tensor)) tensor.dispose();
}

function addAdjoints(sum: Adjoint | undefined, part: Adjoint): Adjoint {
  if (!sum) return part;
  return {
    value: tf.add(sum.value, part.value),
    tangent: sum.tangent && part.tangent && tf.add(sum.tangent, part.tangent),
  };
}
