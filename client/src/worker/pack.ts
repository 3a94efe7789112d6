import { tf } from "@lectern/shared/tensorflow";
import { io } from "@tensorflow/tfjs-core";
import { loadLayersModel, type LayersModel } from "@tensorflow/tfjs-layers";
import type { PackedData, PackedModel, PackedTensor } from "./messages.ts";
import type { Data } from "../student/examples.ts";

/**
 * Reads a tensor back, for another thread.
 * @example
 * ```ts
 * teachInWorker(worker, { train: { x: await packTensor(images), y: labels }, …rest });
 * ```
 */
export async function packTensor(tensor: tf.Tensor): Promise<PackedTensor> {
  // Some backends give their own array: it is copied, since handing it over would take it from them.
  return { shape: tensor.shape, data: (await tensor.data()).slice() as PackedTensor["data"] };
}

export const isPacked = (values: unknown): values is PackedTensor =>
  typeof values === "object" &&
  values !== null &&
  !(values instanceof tf.Tensor) &&
  "shape" in values &&
  "data" in values;

/**
 * Data that the other thread can take, and what is handed over with it: the numbers of packed tensors, which are empty
 * here afterwards. Tensors are copied.
 */
export async function packData(data: PackedData): Promise<{ data: PackedData; transfer: ArrayBuffer[] }> {
  const transfer = new Set<ArrayBuffer>();
  const pack = async <T>(values: T): Promise<T | PackedTensor> => {
    const packed = values instanceof tf.Tensor ? await packTensor(values) : values;
    // A view of a larger buffer would take the rest along, and shared memory needs no handing over.
    if (isPacked(packed) && packed.data.buffer instanceof ArrayBuffer && fills(packed.data))
      transfer.add(packed.data.buffer);
    return packed;
  };
  const [x, y, weights] = await Promise.all([pack(data.x), pack(data.y), pack(data.weights)]);
  return {
    data: { x, y, ...(weights !== undefined && { weights }) } as PackedData,
    transfer: [...transfer],
  };
}

const fills = ({ byteLength, buffer }: ArrayBufferView): boolean => byteLength === buffer.byteLength;

/** Packed tensors as tensors of the current backend, for the caller to dispose. */
export function unpackData(data: PackedData): Data {
  const unpack = (values: unknown): unknown =>
    isPacked(values)
      ? tf.tensor(values.data, [...values.shape], values.data instanceof Float32Array ? "float32" : "int32")
      : values;
  return {
    x: unpack(data.x),
    y: unpack(data.y),
    ...(data.weights !== undefined && { weights: unpack(data.weights) }),
  } as Data;
}

export async function packModel(model: LayersModel): Promise<PackedModel> {
  let packed: PackedModel | undefined;
  await model.save(
    io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      packed = {
        modelTopology: modelTopology as object,
        weightSpecs: weightSpecs ?? [],
        weightData: io.concatenateArrayBuffers([weightData ?? []].flat()),
      };
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  return packed!;
}

export const unpackModel = (packed: PackedModel): Promise<LayersModel> =>
  loadLayersModel(io.fromMemory(packed as unknown as io.ModelArtifacts));
