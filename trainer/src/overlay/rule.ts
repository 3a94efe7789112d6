import {
  backend_util,
  customGrad,
  registerGradient,
  reshape,
  sum,
  tidy,
  type NamedAttrMap,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { recall, type OutputRule } from "./stop-gradient.ts";

/** dL/dinput for each input, computed when asked for. */
export type InputGradients = Record<string, () => Tensor>;

/** A gradient to register: which tensors it saves, and how it makes dL/dinput from dL/dy. */
export interface GradientRule<Attrs = NamedAttrMap> {
  kernelName: string;
  inputsToSave?: string[];
  outputsToSave?: boolean[];
  gradient: (dy: Tensor, saved: Tensor[], attrs: Attrs) => InputGradients;
}

/** Erases the attributes' type, so that rules with different attributes fit into one list. */
export function defineRule<Attrs = NamedAttrMap>(rule: GradientRule<Attrs>): GradientRule {
  return { ...rule, gradient: (dy, saved, attrs) => rule.gradient(dy, saved, attrs as unknown as Attrs) };
}

/** A rule for an operation of one input whose gradient is best written with its output. */
export function defineOutputRule(
  kernelName: string,
  derivative: (x: Tensor, y: Tensor) => (dy: Tensor) => Tensor,
  inputName = "x",
): GradientRule {
  const rule: OutputRule = (dy, x, y) => derivative(x, recall(x, y, rule))(dy);
  return {
    kernelName,
    inputsToSave: [inputName],
    outputsToSave: [true],
    gradient: (dy, [x, y]) => ({ [inputName]: () => rule(dy, x as Tensor, y as Tensor) }),
  };
}

/** Makes `rule` the gradient of its kernel, in place of TensorFlow.js's own. */
export function registerRule(rule: GradientRule): void {
  registerGradient({
    kernelName: rule.kernelName,
    ...(rule.inputsToSave && { inputsToSave: rule.inputsToSave }),
    ...(rule.outputsToSave && { outputsToSave: rule.outputsToSave }),
    gradFunc: (dy, saved, attrs) => rule.gradient(dy as Tensor, saved, attrs),
  });
}

/** The adjoint of broadcasting: sums `gradient` over the axes along which `shape` was repeated. */
export function sumToShape(gradient: Tensor, shape: number[]): Tensor {
  const axes = backend_util.getReductionAxes(shape, gradient.shape);
  return reshape(axes.length > 0 ? sum(gradient, axes) : gradient, shape);
}

/**
 * Applies a linear map, with its transpose as its gradient: L x, whose gradient is Lᵀ dy, whose gradient is L ddx, and
 * so on to every order. The tape knows it as `name`.
 */
export function applyLinear(
  name: string,
  x: Tensor,
  forward: (x: Tensor) => Tensor,
  transpose: (dy: Tensor) => Tensor,
): Tensor {
  return tidy(name, () =>
    customGrad((at) => ({
      value: forward(at as Tensor),
      gradFunc: (dy: Tensor) => applyLinear(name, dy, transpose, forward),
    }))(x),
  );
}
