import { util, type TensorInfo } from "@tensorflow/tfjs-core";
import { companionOf } from "./companion/load.ts";
import { scratchOf } from "./companion/scratch.ts";
import { addressOf, type WasmBackend } from "./wasm-backend.ts";

/** Channels are taken four at a time. */
export const fitsBatchNorm = (shape: readonly number[]): boolean => shape.at(-1)! % 4 === 0;

/** Per-channel numbers of one call: sums come out of the companion in float64, coefficients go in as float32. */
interface Channels {
  readonly rows: number;
  readonly channels: number;
  /** Address of up to five groups of sums. */
  readonly sums: number;
  /** Address of up to eight groups of coefficients. */
  readonly coefficients: number;
  readSums(groups: number): Float64Array[];
  writeCoefficients(groups: readonly ArrayLike<number>[]): void;
}

function openChannels(x: TensorInfo, backend: WasmBackend): Channels {
  const channels = x.shape.at(-1)!;
  const sums = scratchOf(backend, channels * (5 * 8 + 8 * 4));
  const coefficients = sums + channels * 5 * 8;
  // Made anew each time: the memory may have grown in between.
  const buffer = () => backend.typedArrayFromHeap(x).buffer;
  return {
    rows: util.sizeFromShape(x.shape) / channels,
    channels,
    sums,
    coefficients,
    readSums: (groups) =>
      Array.from({ length: groups }, (_, i) => new Float64Array(buffer(), sums + i * channels * 8, channels)),
    writeCoefficients(groups) {
      const target = new Float32Array(buffer(), coefficients, groups.length * channels);
      for (const [i, group] of groups.entries()) target.set(group, i * channels);
    },
  };
}

const read = (info: TensorInfo, backend: WasmBackend): Float32Array =>
  backend.typedArrayFromHeap(info) as Float32Array;

/** A vector [channels] on the backend. */
function vector(values: ArrayLike<number>, backend: WasmBackend): TensorInfo {
  const info = backend.makeOutput([values.length], "float32");
  read(info, backend).set(values);
  return info;
}

const each = (length: number, compute: (channel: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, channel) => compute(channel));

/**
 * y = γ(x − μ)r + β, r = (σ² + ε)^−½, with the batch's own μ and σ² over all axes but the last (Ioffe and Szegedy 2015),
 * cut off at zero if `relu`: [y, μ, r].
 */
export function batchNorm(
  { x, scale, offset }: { x: TensorInfo; scale: TensorInfo; offset: TensorInfo },
  { epsilon, relu }: { epsilon: number; relu: boolean },
  backend: WasmBackend,
): TensorInfo[] {
  const y = backend.makeOutput(x.shape, "float32");
  const companion = companionOf(backend);
  const at = openChannels(x, backend);
  const { rows, channels, sums, coefficients } = at;
  const address = addressOf(x, backend);
  companion.sumColumns(sums, address, rows, channels);
  const mean = Float32Array.from(at.readSums(1)[0]!, (sum) => sum / rows);
  at.writeCoefficients([mean]);
  companion.sumSquares(sums, address, coefficients, rows, channels);
  const r = Array.from(at.readSums(1)[0]!, (sum) => 1 / Math.sqrt(sum / rows + epsilon));
  const [gamma, beta] = [read(scale, backend), read(offset, backend)];
  const gain = each(channels, (c) => gamma[c]! * r[c]!);
  at.writeCoefficients([gain, each(channels, (c) => beta[c]! - mean[c]! * gain[c]!)]);
  const target = addressOf(y, backend);
  companion.scaleChannels(target, address, coefficients, coefficients + channels * 4, rows, channels, relu);
  return [y, vector(mean, backend), vector(r, backend)];
}

export interface TangentInputs {
  readonly x: TensorInfo;
  /** x's tangent; `more` is added to it in place. */
  readonly t: TensorInfo;
  readonly more?: TensorInfo;
  /** y, if a relu follows. */
  readonly mask?: TensorInfo;
  readonly mean: TensorInfo;
  readonly r: TensorInfo;
  readonly scale: TensorInfo;
  readonly scaleTangent: TensorInfo;
  readonly offsetTangent: TensorInfo;
}

/**
 * y's tangent γ̇x̂ + γr(ẋ − ⟨ẋ⟩ − x̂⟨x̂ẋ⟩) + β̇, ⟨·⟩ being means over a channel: [ẏ, ⟨ẋ⟩, ⟨x̂ẋ⟩].
 */
export function batchNormTangent(
  { x, t, more, mask, mean, r, scale, scaleTangent, offsetTangent }: TangentInputs,
  _: object,
  backend: WasmBackend,
): TensorInfo[] {
  const output = backend.makeOutput(x.shape, "float32");
  const companion = companionOf(backend);
  const at = openChannels(x, backend);
  const { rows, channels, sums, coefficients } = at;
  const [xAt, tAt, meanAt] = [x, t, mean].map((info) => addressOf(info, backend)) as [number, number, number];
  companion.tangentSums(sums, tAt, more ? addressOf(more, backend) : 0, xAt, meanAt, rows, channels);
  const [plain, aligned] = at.readSums(2) as [Float64Array, Float64Array];
  const [gamma, gammaDot, betaDot, rate] = [scale, scaleTangent, offsetTangent, r].map((info) =>
    read(info, backend),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const meanT = each(channels, (c) => plain[c]! / rows);
  const alignment = each(channels, (c) => (aligned[c]! * rate[c]!) / rows);
  const gain = each(channels, (c) => gamma[c]! * rate[c]!);
  at.writeCoefficients([
    read(mean, backend),
    gain,
    each(channels, (c) => rate[c]! * (gammaDot[c]! - gain[c]! * alignment[c]!)),
    each(channels, (c) => betaDot[c]! - gain[c]! * meanT[c]!),
  ]);
  const maskAt = mask ? addressOf(mask, backend) : 0;
  companion.tangentApply(addressOf(output, backend), tAt, xAt, maskAt, coefficients, rows, channels);
  return [output, vector(meanT, backend), vector(alignment, backend)];
}

export interface BackwardInputs extends Omit<TangentInputs, "more" | "offsetTangent"> {
  /** dy and its tangent. */
  readonly g: TensorInfo;
  readonly h: TensorInfo;
  readonly meanT: TensorInfo;
  readonly alignment: TensorInfo;
}

/**
 * With a = ⟨g⟩, b = ⟨gx̂⟩, s = ⟨x̂ẋ⟩, x̂˙ = r(ẋ − ⟨ẋ⟩ − x̂s): dx = γr(g − a − x̂b), and its tangent
 * (γr)˙(g − a − x̂b) + γr(h − ⟨h⟩ − x̂˙b − x̂ḃ), (γr)˙ = γ̇r − γr²s, ḃ = ⟨hx̂ + gx̂˙⟩: [dx, its tangent, dγ˙, dβ˙].
 */
export function batchNormBackward(
  { x, t, mask, mean, r, meanT, alignment, g, h, scale, scaleTangent }: BackwardInputs,
  _: object,
  backend: WasmBackend,
): TensorInfo[] {
  const dx = backend.makeOutput(x.shape, "float32");
  const dxTangent = backend.makeOutput(x.shape, "float32");
  const companion = companionOf(backend);
  const at = openChannels(x, backend);
  const { rows, channels, sums, coefficients } = at;
  const [gAt, hAt, xAt, tAt, meanAt] = [g, h, x, t, mean].map((info) => addressOf(info, backend)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const maskAt = mask ? addressOf(mask, backend) : 0;
  companion.backwardSums(sums, gAt, hAt, xAt, tAt, maskAt, meanAt, rows, channels);
  const [sumG, sumGx, sumH, sumHx, sumGt] = at.readSums(5).map((sum) => sum.slice()) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const [gamma, gammaDot, rate, m, s] = [scale, scaleTangent, r, meanT, alignment].map((info) =>
    read(info, backend),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  const a = each(channels, (c) => sumG[c]! / rows);
  const b = each(channels, (c) => (sumGx[c]! * rate[c]!) / rows);
  // Σ(h·x̂ + g·x̂˙)
  const scaleProduct = each(channels, (c) => {
    const normalTangent = sumGt[c]! - m[c]! * sumG[c]! - s[c]! * rate[c]! * sumGx[c]!;
    return rate[c]! * (sumHx[c]! + normalTangent);
  });
  const gain = each(channels, (c) => gamma[c]! * rate[c]!);
  const gainDot = each(channels, (c) => rate[c]! * (gammaDot[c]! - gain[c]! * s[c]!));
  at.writeCoefficients([
    read(mean, backend),
    gain,
    each(channels, (c) => -gain[c]! * rate[c]! * b[c]!),
    each(channels, (c) => -gain[c]! * a[c]!),
    gainDot,
    each(channels, (c) => {
      const alongNormal =
        gain[c]! * (rate[c]! * b[c]! * s[c]! - scaleProduct[c]! / rows) - gainDot[c]! * b[c]!;
      return alongNormal * rate[c]!;
    }),
    each(channels, (c) => -gain[c]! * rate[c]! * b[c]!),
    each(channels, (c) => gain[c]! * (rate[c]! * b[c]! * m[c]! - sumH[c]! / rows) - gainDot[c]! * a[c]!),
  ]);
  const targets = [addressOf(dx, backend), addressOf(dxTangent, backend)] as const;
  companion.backwardApply(...targets, gAt, hAt, xAt, tAt, maskAt, coefficients, rows, channels);
  return [dx, dxTangent, vector(scaleProduct, backend), vector(sumH, backend)];
}

/** dx = γr(g − ⟨g⟩ − x̂⟨gx̂⟩), dγ = Σgx̂, dβ = Σg, with g zero where the mask isn't positive: [dx, dγ, dβ]. */
export function batchNormGradient(
  { x, g, mask, mean, r, scale }: Pick<BackwardInputs, "x" | "g" | "mask" | "mean" | "r" | "scale">,
  _: object,
  backend: WasmBackend,
): TensorInfo[] {
  const dx = backend.makeOutput(x.shape, "float32");
  const companion = companionOf(backend);
  const at = openChannels(x, backend);
  const { rows, channels, sums, coefficients } = at;
  const [xAt, dxAt, meanAt] = [x, dx, mean].map((info) => addressOf(info, backend)) as [
    number,
    number,
    number,
  ];
  let gAt = addressOf(g, backend);
  if (mask) {
    companion.reluTangent(dxAt, addressOf(mask, backend), gAt, 0, rows * channels);
    gAt = dxAt;
  }
  companion.tangentSums(sums, gAt, 0, xAt, meanAt, rows, channels);
  const [plain, aligned] = at.readSums(2).map((sum) => sum.slice()) as [Float64Array, Float64Array];
  const [gamma, rate] = [scale, r].map((info) => read(info, backend)) as [Float32Array, Float32Array];
  const dScale = each(channels, (c) => aligned[c]! * rate[c]!);
  at.writeCoefficients([
    read(mean, backend),
    each(channels, (c) => gamma[c]! * rate[c]!),
    each(channels, (c) => (-gamma[c]! * rate[c]! ** 2 * dScale[c]!) / rows),
    each(channels, (c) => (-gamma[c]! * rate[c]! * plain[c]!) / rows),
  ]);
  companion.tangentApply(dxAt, gAt, xAt, 0, coefficients, rows, channels);
  return [dx, vector(dScale, backend), vector(plain, backend)];
}
