import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import { parseSafetensors } from "@lectern/shared/artifact";
import type { PlainTensor } from "@lectern/shared/teacher";
import type { BenchCase } from "./cases.ts";
import type { StepData, Values } from "./step-data.ts";

/** A step that PyTorch took, with what its `reverse` made of it, in our layouts. */
export interface ImportedStep extends StepData {
  readonly weights: Readonly<Record<string, Values>>;
  /** η of the exported step. */
  readonly rate: number;
  readonly expected: {
    /** dω_t by the names of the student's variables. */
    readonly dWeights: Readonly<Record<string, Values>>;
    readonly dTheta: Readonly<Record<string, PlainTensor>>;
  };
}

/** Channels and side of lenet's feature maps before it flattens them. */
const lenetFlat = { channels: 50, side: 4 };

/**
 * Reads FOLDER/CASE.safetensors as bench/pytorch.py --export writes it. PyTorch's channels come first: images
 * [n, c, h, w] become [n, h, w, c], filters [out, in, h, w] become [h, w, in, out].
 *
 * @throws LecternError `not-found`, `invalid-artifact`
 */
export async function importStep({ name, inputShape }: BenchCase, folder: string): Promise<ImportedStep> {
  const path = join(folder, `${name}.safetensors`);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new LecternError(
      "not-found",
      `There is no exported step at ${path}.`,
      "Make it with bench/pytorch.py --export.",
      { cause },
    );
  });
  const { tensors } = parseSafetensors(bytes);
  const read = (key: string): Values => {
    const stored = tensors[key];
    if (!stored)
      throw new LecternError(
        "invalid-artifact",
        `${path} has no tensor "${key}".`,
        "Make it anew with bench/pytorch.py --export.",
      );
    return { shape: stored.shape, data: stored.data as Float32Array };
  };
  const group = (prefix: string) =>
    Object.fromEntries(
      Object.keys(tensors)
        .filter((key) => key.startsWith(prefix))
        .map((key) => {
          const variable = key.slice(prefix.length);
          return [variable, weightToOurs(read(key), variable, name)];
        }),
    );
  const teacher = (prefix: string) =>
    Object.fromEntries(
      ["W", "b", "V"].map((key) => {
        const { shape, data } = read(`${prefix}${key}`);
        return [key, { shape, data: Float64Array.from(data) }];
      }),
    );
  const x = read("x");
  return {
    x: x.shape.length === 4 ? permute(x, [0, 2, 3, 1]) : reshaped(x, inputShape),
    y: Int32Array.from(read("y").data),
    state: Float64Array.from(read("state").data),
    rate: read("rate").data[0]!,
    theta: teacher("theta/"),
    weights: group("weights/"),
    directions: group("directions/"),
    expected: { dWeights: group("reverse/dweights/"), dTheta: teacher("reverse/dtheta/") },
  };
}

function weightToOurs(value: Values, variable: string, name: string): Values {
  if (value.shape.length === 4) return permute(value, [2, 3, 1, 0]);
  if (name !== "lenet" || variable !== "hidden/kernel") return value;
  const { channels, side } = lenetFlat;
  const cube = { shape: [channels, side, side, value.shape[1]!], data: value.data };
  return { ...permute(cube, [1, 2, 0, 3]), shape: value.shape };
}

const reshaped = ({ shape, data }: Values, example: readonly number[]): Values => ({
  shape: [shape[0]!, ...example],
  data,
});

/** Transposes a rank-4 tensor, then reverses the axes `reversed` of the result. */
function permute({ shape, data }: Values, order: readonly number[]): Values {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const out = order.map((axis) => shape[axis]!);
  const result = new Float32Array(data.length);
  let place = 0;
  for (let a = 0; a < out[0]!; a++)
    for (let b = 0; b < out[1]!; b++)
      for (let c = 0; c < out[2]!; c++)
        for (let d = 0; d < out[3]!; d++) {
          let from = 0;
          for (const [axis, i] of [a, b, c, d].entries()) from += i * strides[order[axis]!]!;
          result[place++] = data[from]!;
        }
  return { shape: out, data: result };
}
