import { util, type TensorInfo } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import type { CompanionFunctions } from "./companion/module.ts";
import { addressOf, type WasmBackend, type WasmKernel } from "./wasm-backend.ts";

type Inputs = Readonly<Record<string, TensorInfo | undefined>>;
type None = Readonly<Record<string, never>>;

/** What a pass over tensors of one shape gets: addresses (0 for an input that is absent) and how many numbers there are. */
interface Pass<Attrs> {
  readonly companion: CompanionFunctions;
  readonly outputs: readonly number[];
  readonly at: (name: string) => number;
  readonly count: number;
  readonly attrs: Attrs;
}

/** A kernel that makes `results` tensors of the shape of its input `like` in one pass. */
function elementwise<Attrs>(
  like: string,
  results: number,
  run: (pass: Pass<Attrs>) => void,
): WasmKernel<Inputs, Attrs> {
  return (inputs, attrs, backend: WasmBackend) => {
    const { shape } = inputs[like]!;
    const outputs = Array.from({ length: results }, () => backend.makeOutput(shape, "float32"));
    run({
      companion: companionOf(backend),
      outputs: outputs.map((output) => addressOf(output, backend)),
      at: (name) => (inputs[name] ? addressOf(inputs[name], backend) : 0),
      count: util.sizeFromShape(shape),
      attrs,
    });
    return results === 1 ? outputs[0]! : outputs;
  };
}

export const tanh = elementwise<None>("x", 1, ({ companion, outputs: [y], at, count }) =>
  companion.tanhForward(y!, at("x"), count),
);

export const tanhTangent = elementwise<None>("y", 1, ({ companion, outputs: [out], at, count }) =>
  companion.tanhTangent(out!, at("y"), at("t"), at("more"), count),
);

export const tanhBackward = elementwise<None>("y", 2, ({ companion, outputs: [du, tangent], at, count }) =>
  companion.tanhBackward(du!, tangent!, at("y"), at("t"), at("g"), at("h"), count),
);

export const reluTangent = elementwise<None>("y", 1, ({ companion, outputs: [out], at, count }) =>
  companion.reluTangent(out!, at("y"), at("t"), at("more"), count),
);

export const reluBackward = elementwise<None>("y", 2, ({ companion, outputs: [du, tangent], at, count }) =>
  companion.reluBackward(du!, tangent!, at("y"), at("g"), at("h"), count),
);

export const addRelu = elementwise<None>("a", 1, ({ companion, outputs: [y], at, count }) =>
  companion.addRelu(y!, at("a"), at("b"), count),
);

export const addScaled = elementwise<{ scale: number }>(
  "a",
  1,
  ({ companion, outputs: [out], at, count, attrs: { scale } }) =>
    companion.addScaled(out!, at("a"), at("b"), scale, count),
);
