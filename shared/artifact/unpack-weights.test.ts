import fc from "fast-check";
import { expect, it } from "vitest";
import { isLecternError } from "../errors/index.ts";
import { readWeights, serializeSafetensors, unpackWeights } from "./index.ts";

const good = serializeSafetensors({
  b: { shape: [2], data: Float32Array.of(1, -2) },
  W: { shape: [2, 2], data: Float32Array.of(0.5, 1, 2, 4) },
});

function file(header: unknown, data = new Uint8Array(8)): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

it("reads what readWeights reads, from any byte of a larger buffer", () => {
  expect(unpackWeights(good)).toEqual(readWeights(good));
  const larger = new Uint8Array(good.length + 3);
  larger.set(good, 3);
  expect(unpackWeights(larger.subarray(3))).toEqual(readWeights(good));
});

it.each([
  ["nothing", new Uint8Array()],
  ["half a length", good.subarray(0, 5)],
  ["half a header", good.subarray(0, 20)],
  ["a length beyond the file", Uint8Array.from(good, (byte, i) => (i < 4 ? 255 : byte))],
  ["no JSON", file("{")],
  ["null", file("null")],
  ["an entry that is null", file({ b: null })],
  ["no offsets", file({ b: { dtype: "F32", shape: [2] } })],
  ["offsets of half a number", file({ b: { dtype: "F32", shape: [2], data_offsets: [0, 6] } })],
])("refuses %s", (_, bytes) => {
  expect(() => unpackWeights(bytes)).toThrow(
    expect.objectContaining({
      code: "invalid-artifact",
      message: expect.stringMatching(/isn't safetensors/),
    }),
  );
});

it("never reads beyond the file, and gives tensors of other types no data", () => {
  const tensors = unpackWeights(
    file({
      far: { dtype: "F32", shape: [4], data_offsets: [0, 1_000_000] },
      ints: { dtype: "I32", shape: [2], data_offsets: [0, 8] },
      back: { dtype: "F32", shape: [2], data_offsets: [8, 0] },
    }),
  );
  expect(Object.entries(tensors).map(([name, { data }]) => [name, data.length])).toEqual([
    ["far", 2],
    ["ints", 0],
    ["back", 0],
  ]);
});

it("throws nothing but LecternErrors, whatever the bytes", () => {
  const byte = fc.record({ at: fc.nat(good.length - 1), value: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 6 }), fc.nat(good.length), (edits, length) => {
      const bytes = good.slice(0, length < 20 ? good.length : length);
      for (const { at, value } of edits) bytes[at] = value;
      try {
        for (const { data } of Object.values(unpackWeights(bytes))) expect(data).toBeInstanceOf(Float32Array);
      } catch (error) {
        if (!isLecternError(error)) throw error;
      }
    }),
    { numRuns: 3000, seed: 20261124 },
  );
});
