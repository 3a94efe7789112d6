import { Mean, registerKernel, Sum, Tanh, type KernelConfig } from "@tensorflow/tfjs-core";
import { batchNorm, batchNormAlong, batchNormBackward, batchNormGradient } from "./batch-norm.ts";
import { convolveAlong, convolveBackward, convolveGradient } from "./convolve-along.ts";
import {
  addRelu,
  addScaled,
  reluBackward,
  reluTangent,
  tanh,
  tanhBackward,
  tanhTangent,
} from "./elementwise.ts";
import { fusedKernels } from "./fused-names.ts";
import { gatherPlaces, poolMaxima, scatterPlaces, spreadMean } from "./pool-places.ts";
import { reductionWith } from "./sums.ts";
import { asConfig } from "./wasm-backend.ts";

/** @param replace puts a kernel in the place of the backend's own of that name */
export function registerFusedKernels(
  replace: (kernelName: string, withKernel: (stock: KernelConfig) => KernelConfig) => void,
): void {
  replace(Sum, (stock) => asConfig(Sum, reductionWith(stock.kernelFunc, false), stock));
  replace(Mean, (stock) => asConfig(Mean, reductionWith(stock.kernelFunc, true), stock));
  replace(Tanh, (stock) => asConfig(Tanh, tanh, stock));
  for (const config of [
    asConfig(fusedKernels.tanhTangent, tanhTangent),
    asConfig(fusedKernels.tanhBackward, tanhBackward),
    asConfig(fusedKernels.reluTangent, reluTangent),
    asConfig(fusedKernels.reluBackward, reluBackward),
    asConfig(fusedKernels.addRelu, addRelu),
    asConfig(fusedKernels.addScaled, addScaled),
    asConfig(fusedKernels.poolMaxima, poolMaxima),
    asConfig(fusedKernels.gatherPlaces, gatherPlaces),
    asConfig(fusedKernels.scatterPlaces, scatterPlaces),
    asConfig(fusedKernels.convolveAlong, convolveAlong),
    asConfig(fusedKernels.convolveGradient, convolveGradient),
    asConfig(fusedKernels.convolveBackward, convolveBackward),
    asConfig(fusedKernels.batchNorm, batchNorm),
    asConfig(fusedKernels.batchNormAlong, batchNormAlong),
    asConfig(fusedKernels.batchNormGradient, batchNormGradient),
    asConfig(fusedKernels.spreadMean, spreadMean),
    asConfig(fusedKernels.batchNormBackward, batchNormBackward),
  ])
    registerKernel(config);
}
