/**
 * Kernels of our own that TensorFlow.js has no name for: several passes over a tensor in one. Look them up with
 * `tf.getKernel(name, backend)`: only the wasm backend has them.
 *
 * A tangent is the derivative of a tensor along a direction in weight space; `more` is an optional second term of one.
 */
export const fusedKernels = {
  /** {y, t, more?} → (1 − y²)·(t + more) */
  tanhTangent: "LecternTanhTangent",
  /** {y, t, g, h} → [(1 − y²)·g, (1 − y²)·h − 2y·t·g] */
  tanhBackward: "LecternTanhBackward",
  /** {y, t, more?} → t + more where y > 0 */
  reluTangent: "LecternReluTangent",
  /** {y, g, h} → [g, h] where y > 0 */
  reluBackward: "LecternReluBackward",
  /** {a, b} → max(a + b, 0) */
  addRelu: "LecternAddRelu",
  /** {a, b}, {scale} → a + scale·b */
  addScaled: "LecternAddScaled",
  /** {x}, pooling's attributes → [maxima, their flat places in x] */
  poolMaxima: "LecternPoolMaxima",
  /** {places, t, more?} → (t + more)[places] */
  gatherPlaces: "LecternGatherPlaces",
  /** {places, d}, {shape} → zeros of the shape, with d added at the places */
  scatterPlaces: "LecternScatterPlaces",
  /** {x, filter, filterTangent, t?, bias?, biasTangent?}, Conv2D's attributes → [y, its tangent] */
  convolveAlong: "LecternConvolveAlong",
  /** {x, filter, g, more?}, Conv2D's attributes and {needed} → [dw, dx + more], [dw] if dx isn't needed */
  convolveGradient: "LecternConvolveGradient",
  /** {x, filter, filterTangent, t?, g, h, more?, moreTangent?}, the same → [dw's tangent, dx + more, its tangent] */
  convolveBackward: "LecternConvolveBackward",
  /** {x, scale, offset, s?}, {epsilon, relu} → [y with s added, mean, 1/√(variance + ε), variance] */
  batchNorm: "LecternBatchNorm",
  /** {x, t, more?, scale, offset, scaleTangent, offsetTangent, s?, u?}, {epsilon, relu} → [y, its tangent with u added, mean, 1/√(variance + ε), ⟨t⟩, ⟨x̂t⟩]; t gets more added in place */
  batchNormAlong: "LecternBatchNormAlong",
  /** {x, g, mean, r, scale, offset}, {relu} → [dx, dscale, doffset] */
  batchNormGradient: "LecternBatchNormGradient",
  /** {t}, {shape: [n, height, width, channels]} → t/(height·width) at each place */
  spreadMean: "LecternSpreadMean",
  /** {x, t, g, h, mean, r, meanT, alignment, scale, offset, scaleTangent}, {relu} → [dx, its tangent, tangents of dscale, doffset] */
  batchNormBackward: "LecternBatchNormBackward",
} as const;
