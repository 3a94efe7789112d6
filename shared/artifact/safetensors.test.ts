import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isLecternError } from "../errors/index.ts";
import { parseSafetensors, readWeights, serializeSafetensors, type WeightTensors } from "./index.ts";

/** A file with this header text, and this much data. */
function file(header: string | Uint8Array, dataBytes = 0, claimed?: bigint): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isLecternError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error("accepted");
}

const float = (offsets: string, shape = "[1]") =>
  `{"dtype":"F32","shape":${shape},"data_offsets":${offsets}}`;

describe("serializeSafetensors", () => {
  it("writes the specification's bytes, sorted and padded to 8", () => {
    const tensors = {
      b: { shape: [], data: Float32Array.of(0.1) },
      W: { shape: [2, 1], data: Float32Array.of(1.5, -2) },
    };
    // By hand from the specification: 134 bytes of JSON and 2 spaces are 0x88; Python's safetensors 0.8.0 reads it.
    const expected = Buffer.concat([
      Buffer.from("8800000000000000", "hex"),
      Buffer.from(
        '{"__metadata__":{"a":"1"},"W":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},' +
          '"b":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}  ',
      ),
      Buffer.from("0000c03f000000c0cdcccc3d", "hex"),
    ]);
    expect(Buffer.from(serializeSafetensors(tensors, { a: "1" })).toString("latin1")).toBe(
      expected.toString("latin1"),
    );
  });

  it("writes a view of a larger buffer as only that view", () => {
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    expect(readWeights(serializeSafetensors({ a: { shape: [2], data } }))["a"]?.data).toEqual(
      Float32Array.of(1, 2),
    );
  });

  it.each([
    [
      "a shape that doesn't match",
      { W: { shape: [2, 2], data: new Float32Array(3) } },
      "has 3 values, expected 4",
    ],
    ["a negative size", { W: { shape: [-1], data: new Float32Array(1) } }, "expected whole numbers"],
    ["a reserved name", { __metadata__: { shape: [], data: new Float32Array(1) } }, "reserves"],
    ["a lone surrogate", { "\ud800": { shape: [], data: new Float32Array(1) } }, "can't carry"],
  ])("refuses %s", (_, tensors, message) => {
    expect(refusal(() => serializeSafetensors(tensors))).toMatch(
      new RegExp(`^invalid-argument: .*${message}`),
    );
  });
});

describe("parseSafetensors", () => {
  it("gives back what was written, whatever the names, shapes and values", () => {
    const name = fc
      .string({ unit: "binary", maxLength: 12 })
      .filter((key) => key.isWellFormed() && !key.startsWith("__"));
    const tensor = fc.array(fc.nat(3), { maxLength: 4 }).chain((shape) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return fc.record({
        shape: fc.constant(shape),
        data: fc.float32Array({ minLength: length, maxLength: length }),
      });
    });
    fc.assert(
      fc.property(fc.dictionary(name, tensor), fc.dictionary(name, name), (tensors, metadata) => {
        const bytes = serializeSafetensors(tensors, metadata);
        const read = parseSafetensors(bytes);
        expect(readWeights(bytes)).toEqual({ ...tensors });
        expect(read.metadata).toEqual({ ...metadata });
        const reversed = Object.fromEntries(Object.entries(tensors).toReversed()) as WeightTensors;
        expect(serializeSafetensors(reversed, metadata)).toEqual(bytes);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("reads float64, int32 and uint8 as values, other types as bytes, at any alignment", () => {
    const header =
      '{"u":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"f":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},' +
      '"d":{"dtype":"F64","shape":[1,1],"data_offsets":[5,13]},"i":{"dtype":"I32","shape":[1],"data_offsets":[13,17]},' +
      '"h":{"dtype":"F16","shape":[1],"data_offsets":[17,19]},"q":{"dtype":"F4","shape":[2],"data_offsets":[19,20]}}';
    const bytes = file(header, 20);
    const view = new DataView(bytes.buffer, bytes.length - 20);
    view.setUint8(0, 200);
    view.setFloat32(1, 0.5, true);
    view.setFloat64(5, 0.1, true);
    view.setInt32(13, -7, true);
    view.setUint16(17, 0x3c00, true);
    view.setUint8(19, 0x21);
    expect(parseSafetensors(bytes).tensors).toEqual({
      u: { dtype: "U8", shape: [1], data: Uint8Array.of(200) },
      f: { dtype: "F32", shape: [1], data: Float32Array.of(0.5) },
      d: { dtype: "F64", shape: [1, 1], data: Float64Array.of(0.1) },
      i: { dtype: "I32", shape: [1], data: Int32Array.of(-7) },
      h: { dtype: "F16", shape: [1], data: Uint8Array.of(0, 0x3c) },
      q: { dtype: "F4", shape: [2], data: Uint8Array.of(0x21) },
    });
  });

  it("copies: a change to the file doesn't reach the tensors", () => {
    const bytes = serializeSafetensors({ a: { shape: [1], data: Float32Array.of(3) } });
    const { a } = readWeights(bytes);
    bytes.fill(0);
    expect(a?.data).toEqual(Float32Array.of(3));
  });

  it("reads a file that stands inside a larger buffer", () => {
    const bytes = serializeSafetensors({ a: { shape: [1], data: Float32Array.of(3) } });
    const larger = new Uint8Array(bytes.length + 10).fill(7);
    larger.set(bytes, 3);
    expect(readWeights(larger.subarray(3, 3 + bytes.length))["a"]?.data).toEqual(Float32Array.of(3));
  });

  const two = (a: string, b: string) => `{"a":${float(a)},"b":${float(b)}}`;
  it.each<[string, Uint8Array, string]>([
    ["fewer than 8 bytes", new Uint8Array(7), "has 7 bytes"],
    ["a header beyond the file", file("{}", 0, 3n), "The header has 3 bytes, expected at most 2"],
    ["a gigabyte header", file("{}", 0, 1n << 30n), "The header has 1073741824 bytes, expected at most "],
    [
      "a header length beyond 2^53",
      file("{}", 0, (1n << 64n) - 1n),
      "The header has 18446744073709552000 bytes",
    ],
    ["an empty header", file(""), "isn't a JSON object in UTF-8"],
    ["a header after a blank", file(" {}"), "isn't a JSON object in UTF-8"],
    ["a header after a byte order mark", file("\ufeff{}"), "isn't a JSON object in UTF-8"],
    [
      "invalid UTF-8",
      file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)),
      "isn't a JSON object in UTF-8",
    ],
    ["invalid JSON", file('{"a":}'), "isn't a JSON object in UTF-8"],
    ["text after the JSON", file("{}x"), "isn't a JSON object in UTF-8"],
    ["a repeated tensor", file(`{"a":${float("[0,4]")},"a":${float("[0,4]")}}`, 4), 'key "a" is repeated'],
    [
      "a repeated tensor, escaped",
      file(`{"a":${float("[0,4]")},"\\u0061" :${float("[0,4]")}}`, 4),
      'key "a" is repeated',
    ],
    [
      "a repeated field",
      file('{"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}'),
      '"dtype" is repeated',
    ],
    ["a tensor __proto__", file(`{"__proto__":${float("[0,4]")}}`, 4), '"__proto__" is repeated or reserved'],
    [
      "a field __proto__",
      file('{"a":{"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}}', 4),
      "reserved",
    ],
    ["metadata that isn't strings", file('{"__metadata__":{"a":1}}'), "Metadata.a is 1, expected"],
    ["metadata that is a list", file('{"__metadata__":["a"]}'), "expected an object"],
    ["a tensor that is null", file('{"a":null}'), 'Tensor "a" is null, expected an object'],
    [
      "an unknown dtype",
      file('{"a":{"dtype":"toString","shape":[],"data_offsets":[0,4]}}', 4),
      'the dtype "toString", expected BOOL, ',
    ],
    [
      "no shape",
      file('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4),
      "shape is undefined, expected a list",
    ],
    ["a negative size", file(`{"a":${float("[0,4]", "[-1]")}}`, 4), "shape.0 is -1, expected an integer"],
    [
      "a fractional size",
      file(`{"a":${float("[0,4]", "[0.5,2]")}}`, 4),
      "shape.0 is 0.5, expected an integer",
    ],
    [
      "a size beyond 2^53",
      file(`{"a":${float("[0,4]", "[9007199254740993]")}}`, 4),
      "shape.0 is 9007199254740992, expected an integer",
    ],
    [
      "a product beyond 2^53",
      file(`{"a":${float("[0,4]", "[4294967296,4294967296]")}}`, 4),
      "has data_offsets [0,4], expected [0,",
    ],
    [
      "a product that wraps to 1 at 64 bits",
      file(`{"a":${float("[0,4]", "[3,6148914691236517]")}}`, 4),
      "has data_offsets [0,4], expected [0,",
    ],
    [
      "a size that doesn't match the shape",
      file(`{"a":${float("[0,4]", "[2]")}}`, 4),
      "has data_offsets [0,4], expected [0,8]",
    ],
    [
      "half a byte",
      file('{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}', 1),
      "has data_offsets [0,1], expected [0,0.5]",
    ],
    ["an end before the start", file(`{"a":${float("[4,0]")}}`, 4), "data_offsets [4,0], expected [0,4]"],
    ["three offsets", file(`{"a":${float("[0,4,4]")}}`, 4), "data_offsets [0,4,4], expected [0,4]"],
    ["offsets beyond the file", file(`{"a":${float("[0,4]")}}`, 3), "has 65 bytes, expected 66"],
    ["overlapping tensors", file(two("[0,4]", "[2,6]"), 6), "data_offsets [2,6], expected [4,8]"],
    ["two tensors in one place", file(two("[0,4]", "[0,4]"), 4), "data_offsets [0,4], expected [4,8]"],
    ["a hole between tensors", file(two("[0,4]", "[5,9]"), 9), "data_offsets [5,9], expected [4,8]"],
    ["a hole at the start", file(`{"a":${float("[1,5]")}}`, 5), "data_offsets [1,5], expected [0,4]"],
    ["bytes after the last tensor", file(`{"a":${float("[0,4]")}}`, 5), "has 67 bytes, expected 66"],
  ])("refuses %s", (_, bytes, message) => {
    const said = refusal(() => parseSafetensors(bytes));
    expect(said).toMatch(/^invalid-artifact: .* (Pull it again|Convert)/);
    expect(said).toContain(message);
  });

  it("keeps a stranger's long name out of its message", () => {
    const said = refusal(() => parseSafetensors(file(`{"${"x".repeat(100_000)}":null}`)));
    expect(said.length).toBeLessThan(300);
  });

  it("refuses deep nesting without a stack overflow", () => {
    const depth = 400_000;
    expect(refusal(() => parseSafetensors(file(`{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`)))).toContain(
      "is a list or object, expected an object",
    );
  });

  it("throws nothing but LecternErrors for altered bytes", () => {
    const bytes = serializeSafetensors(
      { a: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } },
      { k: "v" },
    );
    const edit = fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.nat(bytes.length), (edits, length) => {
        const altered = bytes.slice(0, length % 3 === 0 ? length : undefined);
        for (const { at, to } of edits) if (at < altered.length) altered[at] = to;
        try {
          parseSafetensors(altered);
        } catch (error) {
          expect(isLecternError(error) && error.code).toBe("invalid-artifact");
        }
      }),
      { seed: 2, numRuns: 3000 },
    );
  });
});

describe("readWeights", () => {
  it("refuses another dtype by name", () => {
    const bytes = file('{"h":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}', 2);
    expect(refusal(() => readWeights(bytes))).toMatch(
      /^unsupported: Tensor "h" has the dtype "F16", expected F32\./,
    );
  });
});
