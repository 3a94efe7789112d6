import * as tf from "@tensorflow/tfjs-core";
import type { Batch, Guide, Student } from "@lectern/client/lesson";
import { sumOf } from "./arithmetic.ts";
import { graphOf, type Graph } from "./graph.ts";
import { differentiateHead } from "./head.ts";
import type { Adjoint, Applied, Dual } from "./rule.ts";

export interface Product {
  /** ∇²_ω L·v, in the order of the student's variables. */
  readonly weights: tf.Tensor[];
  /** ∂_φ⟨∇_ω L, v⟩ by name. */
  readonly dPhi: Record<string, tf.Tensor>;
}

export interface ProductPoint {
  readonly student: Student;
  readonly guide: Guide;
  readonly phi: Readonly<Record<string, tf.Variable>>;
  readonly batch: Batch;
}

/** Whether {@link dualProduct} knows every layer of the student. */
export const hasDualProduct = ({ model }: Student): boolean => graphOf(model) !== null;

/**
 * ∇²L·v and ∂_φ⟨∇L, v⟩ at the student's weights by forward-over-reverse differentiation (Pearlmutter 1994, "Fast exact
 * multiplication by the Hessian"): values and their derivatives along v go forwards through the layers, gradients and
 * theirs go back. No filter gradient is computed that only a double backward needs, nor any gradient of the data, and no
 * tape is kept but for the loss itself. Call it inside tf.tidy; see {@link hasDualProduct}.
 */
export function dualProduct(point: ProductPoint, directions: readonly tf.Tensor[]): Product {
  const { student, guide, phi, batch } = point;
  const { nodes } = graphOf(student.model)!;
  const places = new Map(student.variables.map((variable, i) => [variable, i]));
  const input: Dual = { value: batch.x, tangents: [] };
  const applied: (Applied | undefined)[] = [];
  for (const node of nodes) {
    const result = node?.rule(
      node.inputs.map((place) => applied[place]?.output ?? input),
      node.variables.map((variable) => ({ variable, direction: directions[places.get(variable)!]! })),
    );
    applied.push(result && node!.readers > 1 ? inOnePiece(result) : result);
  }
  const { output, dPhi } = differentiateHead(student, guide, phi, batch, applied.at(-1)!.output);
  return { weights: goBack({ nodes }, applied, output, places, student.variables.length), dPhi };
}

/** A tangent that several layers read is added up once, and none of them may do so in place. */
function inOnePiece(applied: Applied): Applied {
  const { value, tangents } = applied.output;
  return tangents.length < 2 ? applied : { ...applied, output: { value, tangents: [sumOf(tangents)] } };
}

/** From the gradient of the output to the weights' products. */
function goBack(
  { nodes }: Graph,
  applied: readonly (Applied | undefined)[],
  output: Adjoint,
  places: ReadonlyMap<tf.Variable, number>,
  count: number,
): tf.Tensor[] {
  const adjoints: (Adjoint | undefined)[] = [];
  adjoints[nodes.length - 1] = output;
  const products: (tf.Tensor | undefined)[] = Array.from({ length: count });
  for (let at = nodes.length - 1; at > 0; at--) {
    const node = nodes[at]!;
    const adjoint = adjoints[at];
    if (!adjoint || !node.trainable) continue;
    const needed = node.inputs.map((place) => nodes[place]?.trainable ?? false);
    const { inputs, weights } = applied[at]!.backward(adjoint, needed);
    for (const [i, variable] of node.variables.entries()) {
      const place = places.get(variable)!;
      const sum = products[place];
      products[place] = sum ? tf.add(sum, weights[i]!) : weights[i]!;
    }
    for (const [i, place] of node.inputs.entries()) {
      const part = inputs[i];
      if (!part || !needed[i]) continue;
      const sum = adjoints[place];
      adjoints[place] = sum
        ? { value: tf.add(sum.value, part.value), tangent: tf.add(sum.tangent, part.tangent) }
        : part;
    }
  }
  return products as tf.Tensor[];
}
