import {
  backend_util,
  cast,
  ClipByValue,
  Equal,
  equal,
  Greater,
  GreaterEqual,
  greaterEqual,
  Less,
  less,
  LessEqual,
  lessEqual,
  greater,
  logicalAnd,
  LogicalAnd,
  logicalNot,
  LogicalNot,
  LogicalOr,
  Max,
  Maximum,
  Min,
  Minimum,
  mul,
  NotEqual,
  reshape,
  Select,
  util,
  zeros,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { defineRule, sumToShape, type GradientRule } from "./rule.ts";
import { stopGradient } from "./stop-gradient.ts";

const mask = (compute: () => Tensor): Tensor => stopGradient(() => cast(compute(), "float32"));

/** Steps are flat: their gradient is zero, float32 whatever the input's type. */
function flat(kernelName: string, inputNames: string[]): GradientRule {
  return defineRule({
    kernelName,
    inputsToSave: inputNames,
    gradient: (_, saved) =>
      Object.fromEntries(inputNames.map((name, i) => [name, () => zeros((saved[i] as Tensor).shape)])),
  });
}

/** max(a, b) or min(a, b): the winner gets dy; a wins ties, as in TensorFlow.js. */
function pairwise(kernelName: string, firstWins: typeof greaterEqual, secondWins: typeof less): GradientRule {
  return defineRule({
    kernelName,
    inputsToSave: ["a", "b"],
    gradient: (dy, saved) => {
      const [a, b] = saved as [Tensor, Tensor];
      return {
        a: () =>
          sumToShape(
            mul(
              dy,
              mask(() => firstWins(a, b)),
            ),
            a.shape,
          ),
        b: () =>
          sumToShape(
            mul(
              dy,
              mask(() => secondWins(a, b)),
            ),
            b.shape,
          ),
      };
    },
  });
}

/** Reduction to an extremum: every place that attains it gets dy, as in TensorFlow.js. */
function extremum(kernelName: string): GradientRule {
  return defineRule<{ reductionIndices?: number | number[]; axis?: number | number[] }>({
    kernelName,
    inputsToSave: ["x"],
    outputsToSave: [true],
    gradient: (dy, saved, attrs) => {
      const [x, y] = saved as [Tensor, Tensor];
      const axes = util.parseAxisParam((attrs.reductionIndices ?? attrs.axis) as number | number[], x.shape);
      const kept = y.rank < x.rank ? backend_util.expandShapeToKeepDim(y.shape, axes) : y.shape;
      return {
        x: () =>
          mul(
            reshape(dy, kept),
            mask(() => equal(x, reshape(y, kept))),
          ),
      };
    },
  });
}

/** Everything that chooses: extrema, clipping, where, and the comparisons themselves. */
export const selectionRules: readonly GradientRule[] = [
  ...[Equal, NotEqual, Greater, GreaterEqual, Less, LessEqual, LogicalAnd, LogicalOr].map((name) =>
    flat(name, ["a", "b"]),
  ),
  flat(LogicalNot, ["x"]),
  pairwise(Maximum, greaterEqual, less),
  pairwise(Minimum, lessEqual, greater),
  extremum(Max),
  extremum(Min),
  defineRule<{ clipValueMin: number; clipValueMax: number }>({
    kernelName: ClipByValue,
    inputsToSave: ["x"],
    gradient: (dy, saved, { clipValueMin, clipValueMax }) => {
      const [x] = saved as [Tensor];
      return {
        x: () =>
          mul(
            dy,
            mask(() => logicalAnd(greaterEqual(x, clipValueMin), lessEqual(x, clipValueMax))),
          ),
      };
    },
  }),
  defineRule({
    kernelName: Select,
    inputsToSave: ["condition"],
    gradient: (dy, saved) => {
      const [condition] = saved as [Tensor];
      return {
        condition: () => zeros(condition.shape),
        t: () =>
          mul(
            dy,
            mask(() => condition.clone()),
          ),
        e: () =>
          mul(
            dy,
            mask(() => logicalNot(condition)),
          ),
      };
    },
  }),
];
