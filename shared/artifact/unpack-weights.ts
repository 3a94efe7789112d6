import { demand } from "../errors/index.ts";
import type { WeightTensors } from "./serialize-safetensors.ts";

/**
 * The float32 tensors of a weights file whose digest is that of a signed manifest, so that it is as its publisher made it
 * and the API checked it. Every tensor is within the file and of whole numbers; that the tensors cover the file exactly
 * once, under keys that aren't repeated, is for {@link readWeights} to say, which publishers' tools and the API use.
 * Others than float32 come without data.
 *
 * @throws LecternError `invalid-artifact` for what can't be read
 */
export function unpackWeights(file: Uint8Array): WeightTensors {
  try {
    const start = 8 + new DataView(file.buffer, file.byteOffset, 8).getUint32(0, true);
    const { __metadata__, ...entries } = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
    return Object.fromEntries(
      Object.entries(entries as Record<string, Entry>).map(
        ([name, { dtype, shape, data_offsets: offsets }]) => {
          // A copy, since it may start at any byte. The format is little-endian, and so is every machine that
          // TensorFlow.js runs on.
          const [from, to] = dtype === "F32" ? offsets : [0, 0];
          return [
            name,
            { shape, data: new Float32Array(new Uint8Array(file.subarray(start + from, start + to)).buffer) },
          ];
        },
      ),
    );
  } catch (cause) {
    demand(false, "invalid-artifact", "The weights file isn't safetensors", undefined, cause);
  }
}

interface Entry {
  readonly dtype: string;
  readonly shape: number[];
  readonly data_offsets: readonly [number, number];
}
