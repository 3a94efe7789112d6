import type { Dialect } from "./print-algebra.ts";

/** Numbers as JavaScript and Python both read them, to the last bit. */
export const numbers = (values: ArrayLike<number>): string => Array.from(values, String).join(", ");
const list = (values: ArrayLike<number>): string => `[${numbers(values)}]`;

/** TensorFlow.js, functions alone: `import * as tf from "@tensorflow/tfjs-core"`. */
export const tensorflowJs: Dialect = {
  constant: (values, shape) =>
    shape.length === 0 ? `tf.scalar(${values[0]})` : `tf.tensor(${list(values)}, ${list(shape)})`,
  binary: (operation, a, b) =>
    operation === "matMul"
      ? `tf.matMul(${a} as tf.Tensor2D, ${b} as tf.Tensor2D)`
      : `tf.${operation}(${a}, ${b})`,
  unary: (operation, x) => `tf.${operation}(${x})`,
  sum: (x, axis) => (axis === undefined ? `tf.sum(${x})` : `tf.sum(${x}, ${axis})`),
  slice: (x, start, size) => `tf.slice(${x}, [${start}], [${size}])`,
  reshape: (x, shape) => `tf.reshape(${x}, ${list(shape)})`,
  assign: (name, expression) => `const ${name}: tf.Tensor = ${expression};`,
};

const operators = { add: "+", sub: "-", mul: "*", div: "/", matMul: "@" } as const;

/** PyTorch; constants are built on the device and in the type of the variable `like`. */
export const pyTorch: Dialect = {
  constant: (values, shape) =>
    shape.length === 0
      ? `like.new_tensor(${values[0]})`
      : `like.new_tensor(${list(values)}).reshape(${list(shape)})`,
  binary: (operation, a, b) => `${a} ${operators[operation]} ${b}`,
  unary: (operation, x) =>
    operation === "logSoftmax" ? `torch.log_softmax(${x}, -1)` : `torch.${operation}(${x})`,
  sum: (x, axis) => (axis === undefined ? `${x}.sum()` : `${x}.sum(${axis})`),
  slice: (x, start, size) => `${x}[${start}:${start + size}]`,
  reshape: (x, shape) => `${x}.reshape(${list(shape)})`,
  assign: (name, expression) => `${name} = ${expression}`,
};
