import * as tf from "@tensorflow/tfjs-core";
import type { CaseGroup, OperationCase } from "../case.ts";
import { average, maximum } from "../plain/matrix.ts";
import { conv3d, pool3d, type Volumes } from "../plain/volumes.ts";

const volumes = (input: number[], window: number[], stride: number, pad: Volumes["pad"]): Volumes => ({
  input,
  window,
  stride,
  pad,
});

const describe = ({ input, window, stride, pad }: Volumes): string =>
  `${input.join("×")} by ${window.join("×")}, stride ${stride}, ${pad}`;

const convolutions: OperationCase[] = [
  { each: volumes([2, 3, 2, 3, 1], [2, 2, 2], 1, "valid"), filters: 2 },
  { each: volumes([1, 4, 3, 3, 2], [2, 1, 3], 2, "valid"), filters: 2 },
  { each: volumes([1, 2, 3, 3, 2], [2, 3, 2], 1, "same"), filters: 1 },
  { each: volumes([1, 3, 3, 4, 1], [2, 2, 3], 2, "same"), filters: 2 },
].map(({ each, filters }) => ({
  name: `conv3d ${describe(each)}`,
  shapes: [each.input, [...each.window, each.input.at(-1)!, filters]],
  operation: (x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, each.stride, each.pad),
  plain: (x, w) => conv3d(x!, w!, each, filters),
  notOn: ["wasm"],
}));

const pools: OperationCase[] = [
  volumes([2, 2, 4, 2, 2], [2, 2, 2], 2, "valid"),
  volumes([1, 3, 3, 3, 1], [2, 2, 2], 1, "same"),
  volumes([1, 3, 4, 3, 1], [3, 2, 3], 2, "same"),
].flatMap((each) => {
  const [size, shapes] = [each.window as [number, number, number], [each.input]];
  return [
    {
      name: `maxPool3d ${describe(each)}`,
      shapes,
      operation: (x) => tf.maxPool3d(x as tf.Tensor5D, size, each.stride, each.pad),
      plain: (x) => pool3d(x!, each, maximum),
      notOn: ["wasm"],
    },
    {
      name: `avgPool3d ${describe(each)}`,
      shapes,
      operation: (x) => tf.avgPool3d(x as tf.Tensor5D, size, each.stride, each.pad),
      plain: (x) => pool3d(x!, each, average),
    },
  ] satisfies OperationCase[];
});

export const volumeCases: CaseGroup = { title: "Volumes", cases: [...convolutions, ...pools] };
