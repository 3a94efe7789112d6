import { registerKernel, type TensorInfo } from "@tensorflow/tfjs-core";

/** What we use of TensorFlow.js' WebGPUBackend. */
interface WebgpuBackend {
  runWebGPUProgram(program: RowProgram, inputs: readonly TensorInfo[], dtype: "float32"): TensorInfo;
}

export const rowLossKernel = "LecternLossOfRows";

/** Beyond it, a thread's own array of a row would no longer be kept in registers. */
export const mostClasses = 64;

/** The coefficients that a family may have, in the order that their tensors come in. */
const parts = ["U", "W", "b", "a", "g"] as const;

/**
 * Loss and gradient of a row of logits in one thread, as `lossOfRows`, which explains the formula: [n, K + 1], a row's
 * gradient and then its loss. A WebGPUProgram of TensorFlow.js 4.22.
 */
class RowProgram {
  readonly variableNames: string[];
  readonly workgroupSize = [64, 1, 1] as const;
  readonly outputShape: number[];
  readonly dispatchLayout = { x: [0, 1] };
  readonly dispatch: [number, number, number];
  readonly shaderKey: string;
  private readonly classes: number;

  constructor(rows: number, classes: number, present: readonly string[]) {
    this.variableNames = ["logits", "labels", ...present.map((name) => `phi${name}`)];
    this.outputShape = [rows, classes + 1];
    this.dispatch = [Math.ceil(rows / 64), 1, 1];
    this.shaderKey = `lecternLossOfRows_${classes}_${present.join("")}`;
    this.classes = classes;
  }

  getUserCode(): string {
    const has = (name: string) => this.variableNames.includes(`phi${name}`);
    const gain = has("a") ? "phia[0]" : "0.0";
    const bounded = has("W") ? (has("g") ? "phig[0]" : "1.0") : "0.0";
    return `
      const K = ${this.classes};
      fn main(index : i32) {
        if (index >= uniforms.outShape.x) { return; }
        let at = index * K;
        var largest = logits[at];
        for (var j = 1; j < K; j++) { largest = max(largest, logits[at + j]); }
        var logP : array<f32, ${this.classes}>;
        var sum = 0.0;
        for (var j = 0; j < K; j++) {
          logP[j] = logits[at + j] - largest;
          sum += exp(logP[j]);
        }
        let shift = log(sum);
        for (var j = 0; j < K; j++) { logP[j] -= shift; }
        var linear = 0.0;
        var inner = 0.0;
        for (var k = 0; k < K; k++) {
          let t = labels[at + k];
          if (t == 0.0) { continue; }
          ${has("b") ? "inner += t * phib[k];" : ""}
          ${has("U") ? "" : "linear += t * logP[k];"}
          for (var j = 0; j < K; j++) {
            ${has("U") ? "linear += t * phiU[j * K + k] * logP[j];" : ""}
            ${has("W") ? "inner += t * phiW[j * K + k] * logP[j];" : ""}
          }
        }
        let bound = ${has("W") ? "1.0 / (1.0 + exp(-inner))" : "0.0"};
        let slope = ${bounded} * bound * (1.0 - bound);
        let out = index * (K + 1);
        result[out + K] = -${gain} * linear - ${bounded} * bound;
        var q : array<f32, ${this.classes}>;
        var total = 0.0;
        for (var j = 0; j < K; j++) {
          var pull = 0.0;
          for (var k = 0; k < K; k++) {
            let t = labels[at + k];
            if (t == 0.0) { continue; }
            ${has("U") ? `pull += t * ${gain} * phiU[j * K + k];` : `if (j == k) { pull += t * ${gain}; }`}
            ${has("W") ? "pull += t * slope * phiW[j * K + k];" : ""}
          }
          q[j] = -pull;
          total += q[j];
        }
        for (var j = 0; j < K; j++) { result[out + j] = q[j] - exp(logP[j]) * total; }
      }
    `;
  }
}

/** Again does nothing but replace it by itself. Call it once for a TensorFlow.js. */
export function registerRowLossKernel(): void {
  registerKernel({
    kernelName: rowLossKernel,
    backendName: "webgpu",
    kernelFunc({ inputs, backend }) {
      const { logits, labels } = inputs as { logits: TensorInfo; labels: TensorInfo };
      const present = parts.filter((name) => inputs[name] !== undefined);
      const [rows, classes] = logits.shape as [number, number];
      const tensors = [logits, labels, ...present.map((name) => inputs[name] as TensorInfo)];
      const program = new RowProgram(rows, classes, present);
      return (backend as WebgpuBackend).runWebGPUProgram(program, tensors, "float32");
    },
  });
}
