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

/** What both ways know of a layer: y = γ(x − μ)r + β = gain·x + shift, in the kernels' own rounding. */
function scaleOf(
  { mean, r, scale, offset }: { mean: TensorInfo; r: TensorInfo; scale: TensorInfo; offset: TensorInfo },
  backend: WasmBackend,
) {
  const [means, rates, gamma, beta] = [mean, r, scale, offset].map((info) => read(info, backend).slice()) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const gain = Float32Array.from(rates, (rate, c) => gamma[c]! * rate);
  const shift = Float32Array.from(gain, (value, c) => beta[c]! - means[c]! * value);
  return { mean: means, rate: rates, gamma, gain, shift };
}

export interface NormInputs {
  readonly x: TensorInfo;
  readonly scale: TensorInfo;
  readonly offset: TensorInfo;
  /** A tensor of y's shape that is added, before the relu. */
  readonly s?: TensorInfo;
}

export interface NormAttrs {
  readonly epsilon: number;
  readonly relu: boolean;
}

/** Places from which rows are taken, and how many there. */
const samples = 16;
const sampleRows = 64;

interface Centre {
  readonly centre: Float32Array;
  /** The mean of all rows, if it is known. */
  readonly mean: Float64Array | undefined;
}

/**
 * A mean of some of x's rows, or of all of them if they are few, as coefficients. Sums are taken around it: the nearer to the
 * mean of all, the less is lost in Σ(x − c)².
 */
function writeCentre(x: TensorInfo, at: Channels, backend: WasmBackend): Centre {
  const { rows, channels, sums } = at;
  const few = rows <= samples * sampleRows;
  const [count, length] = few ? [1, rows] : [samples, sampleRows];
  const total = new Float64Array(channels);
  for (let i = 0; i < count; i++) {
    const first = few ? 0 : Math.floor((i * (rows - length)) / (count - 1));
    companionOf(backend).sumColumns(sums, addressOf(x, backend) + first * channels * 4, length, channels);
    for (const [c, sum] of at.readSums(1)[0]!.entries()) total[c]! += sum;
  }
  const mean = total.map((sum) => sum / (count * length));
  const centre = Float32Array.from(mean);
  at.writeCoefficients([centre]);
  return { centre, mean: few ? mean : undefined };
}

/** μ, σ² and r = (σ² + ε)^−½ from sums around a centre. */
function momentsOf(
  [sum, squares]: readonly Float64Array[],
  { centre, mean: known }: Centre,
  rows: number,
  epsilon: number,
) {
  const mean = known ?? each(centre.length, (c) => centre[c]! + sum![c]! / rows);
  const variance = each(centre.length, (c) => Math.max(0, squares![c]! / rows - (sum![c]! / rows) ** 2));
  return { mean, variance, r: variance.map((value) => 1 / Math.sqrt(value + epsilon)) };
}

/**
 * y = γ(x − μ)r + β + s, r = (σ² + ε)^−½, with the batch's own μ and σ² over all axes but the last (Ioffe and Szegedy 2015),
 * cut off at zero if `relu`: [y, μ, r, σ²].
 */
export function batchNorm(
  { x, scale, offset, s }: NormInputs,
  { epsilon, relu }: NormAttrs,
  backend: WasmBackend,
): TensorInfo[] {
  const y = backend.makeOutput(x.shape, "float32");
  const companion = companionOf(backend);
  const at = openChannels(x, backend);
  const { rows, channels, sums, coefficients } = at;
  const address = addressOf(x, backend);
  const centre = writeCentre(x, at, backend);
  companion.normSums(sums, address, 0, 0, coefficients, rows, channels);
  const moments = momentsOf(at.readSums(2), centre, rows, epsilon);
  const [mean, r, variance] = [moments.mean, moments.r, moments.variance].map((values) =>
    vector(values, backend),
  ) as [TensorInfo, TensorInfo, TensorInfo];
  const { gain, shift } = scaleOf({ mean, r, scale, offset }, backend);
  at.writeCoefficients([read(mean, backend), gain, shift]);
  const added = s ? addressOf(s, backend) : 0;
  companion.normApply(addressOf(y, backend), address, added, coefficients, rows, channels, relu);
  return [y, mean, r, variance];
}

export interface NormAlongInputs extends NormInputs {
  /** x's tangent; `more` is added to it in place. */
  readonly t: TensorInfo;
  readonly more?: TensorInfo;
  readonly scaleTangent: TensorInfo;
  readonly offsetTangent: TensorInfo;
  /** The tangent of s. */
  readonly u?: TensorInfo;
}

/**
 * The same with y's tangent γ̇x̂ + γr(ẋ − ⟨ẋ⟩ − x̂⟨x̂ẋ⟩) + β̇ + ṡ, ⟨·⟩ being means over a channel: [y, ẏ, μ, r, ⟨ẋ⟩, ⟨x̂ẋ⟩].
 */
export function batchNormAlong(
  { x, t, more, s, u, scale, offset, scaleTangent, offsetTangent }: NormAlongInputs,
  { epsilon, relu }: NormAttrs,
  backend: WasmBackend,
): TensorInfo[] {
  const outputs = [1, 2].map(() => backend.makeOutput(x.shape, "float32"));
  const companion = companionOf(backend);
  const at = openChannels(x, backend);
  const { rows, channels, sums, coefficients } = at;
  const address = (info: TensorInfo | undefined): number => (info ? addressOf(info, backend) : 0);
  const centre = writeCentre(x, at, backend);
  companion.normSums(sums, address(x), address(t), address(more), coefficients, rows, channels);
  const [sum, squares, plain, aligned] = at.readSums(4).map((group) => group.slice()) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const moments = momentsOf([sum, squares], centre, rows, epsilon);
  const [mean, r] = [moments.mean, moments.r].map((values) => vector(values, backend)) as [
    TensorInfo,
    TensorInfo,
  ];
  const { rate, gain, shift } = scaleOf({ mean, r, scale, offset }, backend);
  const [gammaDot, betaDot] = [scaleTangent, offsetTangent].map((info) => read(info, backend)) as [
    Float32Array,
    Float32Array,
  ];
  const meanT = each(channels, (c) => plain[c]! / rows);
  // Σt(x − μ) from the sum around the centre.
  const alignment = each(channels, (c) => ((aligned[c]! - (sum[c]! / rows) * plain[c]!) * rate[c]!) / rows);
  at.writeCoefficients([
    read(mean, backend),
    gain,
    shift,
    each(channels, (c) => rate[c]! * (gammaDot[c]! - gain[c]! * alignment[c]!)),
    each(channels, (c) => betaDot[c]! - gain[c]! * meanT[c]!),
  ]);
  const [y, tangent] = outputs.map(address) as [number, number];
  const from = [y, tangent, address(x), address(t), address(s), address(u)] as const;
  companion.normApplyAlong(...from, coefficients, rows, channels, relu);
  return [...outputs, mean, r, vector(meanT, backend), vector(alignment, backend)];
}

export interface GradientInputs extends Omit<NormInputs, "s"> {
  /** dy */
  readonly g: TensorInfo;
  readonly mean: TensorInfo;
  readonly r: TensorInfo;
}

export interface BackwardInputs extends GradientInputs {
  readonly t: TensorInfo;
  readonly scaleTangent: TensorInfo;
  readonly meanT: TensorInfo;
  readonly alignment: TensorInfo;
  /** dy's tangent. */
  readonly h: TensorInfo;
}

/** Whether g and h are zero where y isn't positive: y without a sum, of which the relu behind a sum isn't told here. */
type BackwardAttrs = Pick<NormAttrs, "relu">;

/**
 * With a = ⟨g⟩, b = ⟨gx̂⟩, s = ⟨x̂ẋ⟩, x̂˙ = r(ẋ − ⟨ẋ⟩ − x̂s): dx = γr(g − a − x̂b), and its tangent
 * (γr)˙(g − a − x̂b) + γr(h − ⟨h⟩ − x̂˙b − x̂ḃ), (γr)˙ = γ̇r − γr²s, ḃ = ⟨hx̂ + gx̂˙⟩: [dx, its tangent, dγ˙, dβ˙].
 */
export function batchNormBackward(
  { x, t, mean, r, meanT, alignment, g, h, scale, offset, scaleTangent }: BackwardInputs,
  { relu }: BackwardAttrs,
  backend: WasmBackend,
): TensorInfo[] {
  const outputs = [1, 2].map(() => backend.makeOutput(x.shape, "float32"));
  const companion = companionOf(backend);
  const at = openChannels(x, backend);
  const { rows, channels, sums, coefficients } = at;
  const inputs = [g, h, x, t].map((info) => addressOf(info, backend)) as [number, number, number, number];
  const { mean: means, rate, gain, shift } = scaleOf({ mean, r, scale, offset }, backend);
  at.writeCoefficients([means, gain, shift]);
  companion.backwardSums(sums, ...inputs, coefficients, rows, channels, relu);
  const [sumG, sumGx, sumH, sumHx, sumGt] = at.readSums(5).map((sum) => sum.slice()) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const [gammaDot, m, s] = [scaleTangent, meanT, alignment].map((info) => read(info, backend)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const a = each(channels, (c) => sumG[c]! / rows);
  const b = each(channels, (c) => (sumGx[c]! * rate[c]!) / rows);
  // Σ(h·x̂ + g·x̂˙)
  const scaleProduct = each(channels, (c) => {
    const normalTangent = sumGt[c]! - m[c]! * sumG[c]! - s[c]! * rate[c]! * sumGx[c]!;
    return rate[c]! * (sumHx[c]! + normalTangent);
  });
  const gainDot = each(channels, (c) => rate[c]! * (gammaDot[c]! - gain[c]! * s[c]!));
  at.writeCoefficients([
    means,
    gain,
    shift,
    each(channels, (c) => -gain[c]! * rate[c]! * b[c]!),
    each(channels, (c) => -gain[c]! * a[c]!),
    gainDot,
    each(channels, (c) => {
      const alongNormal =
        gain[c]! * (rate[c]! * b[c]! * s[c]! - scaleProduct[c]! / rows) - gainDot[c]! * b[c]!;
      return alongNormal * rate[c]!;
    }),
    each(channels, (c) => gain[c]! * (rate[c]! * b[c]! * m[c]! - sumH[c]! / rows) - gainDot[c]! * a[c]!),
  ]);
  const [dx, dxTangent] = outputs.map((info) => addressOf(info, backend)) as [number, number];
  companion.backwardApply(dx, dxTangent, ...inputs, coefficients, rows, channels, relu);
  return [...outputs, vector(scaleProduct, backend), vector(sumH, backend)];
}

/** dx = γr(g − ⟨g⟩ − x̂⟨gx̂⟩), dγ = Σgx̂, dβ = Σg: [dx, dγ, dβ]. */
export function batchNormGradient(
  { x, g, mean, r, scale, offset }: GradientInputs,
  { relu }: BackwardAttrs,
  backend: WasmBackend,
): TensorInfo[] {
  const dx = backend.makeOutput(x.shape, "float32");
  const companion = companionOf(backend);
  const at = openChannels(x, backend);
  const { rows, channels, sums, coefficients } = at;
  const inputs = [g, x].map((info) => addressOf(info, backend)) as [number, number];
  const { mean: means, rate, gain, shift } = scaleOf({ mean, r, scale, offset }, backend);
  at.writeCoefficients([means, gain, shift]);
  companion.gradientSums(sums, ...inputs, coefficients, rows, channels, relu);
  const [plain, aligned] = at.readSums(2).map((sum) => sum.slice()) as [Float64Array, Float64Array];
  const dScale = each(channels, (c) => aligned[c]! * rate[c]!);
  at.writeCoefficients([
    means,
    gain,
    shift,
    each(channels, (c) => (-gain[c]! * rate[c]! * dScale[c]!) / rows),
    each(channels, (c) => (-gain[c]! * plain[c]!) / rows),
  ]);
  companion.gradientApply(addressOf(dx, backend), ...inputs, coefficients, rows, channels, relu);
  return [dx, vector(dScale, backend), vector(plain, backend)];
}
