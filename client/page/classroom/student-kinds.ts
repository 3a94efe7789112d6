/** Students to choose from; nothing of TensorFlow.js here. */
export type StudentName = "mlp-32" | "mlp-64" | "mlp-128" | "mlp-64-64" | "lenet";

export interface StudentKind {
  readonly label: string;
  /** Units of its hidden dense layers; undefined: convolutional. */
  readonly hidden?: readonly number[];
}

export const studentKinds: Readonly<Record<StudentName, StudentKind>> = {
  "mlp-32": { label: "MLP, 32 hidden units", hidden: [32] },
  "mlp-64": { label: "MLP, 64 hidden units", hidden: [64] },
  "mlp-128": { label: "MLP, 128 hidden units", hidden: [128] },
  "mlp-64-64": { label: "MLP, two hidden layers of 64", hidden: [64, 64] },
  lenet: { label: "LeNet: two convolutions (images only)" },
};

/** Below this side, nothing is left after LeNet's second pooling. Pixels. */
export const smallestSide = 12;
