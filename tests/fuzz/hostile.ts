import fc from "fast-check";

/** Strings that have broken other programs: SQL, paths, prototypes, encodings, controls, sizes. */
export const nastyStrings: readonly string[] = [
  "",
  " ",
  "0",
  "-1",
  "1e999",
  "NaN",
  "null",
  "undefined",
  "true",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "' OR '1'='1",
  "'; DROP TABLE releases; --",
  '" UNION SELECT hash, owner FROM tokens --',
  "%' ESCAPE '",
  "\\",
  "../../etc/passwd",
  "..%2f..%2f",
  "%00",
  "%",
  "%zz",
  "%E0%A4%A",
  "a\u0000b",
  "\u202e\u200b\ufeff",
  "\ud800",
  "é".normalize("NFD"),
  "İıſK",
  "🧑‍🏫".repeat(8),
  "ﷺ".repeat(60),
  "<script>alert(1)</script>",
  "{{7*7}}${7*7}",
  "$(sleep 5)",
  "\r\nSet-Cookie: a=b",
  "latest",
  "*",
  "x || y",
  "^".repeat(300),
  ">=0 ".repeat(60),
  "1.0.0-".padEnd(300, "a"),
  "99999999999999999999.0.0",
  "a".repeat(5000),
  "(" + "a+)+$".repeat(20),
];

export const nasty: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...nastyStrings),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
);

/** JSON that a reader of objects could trip over. Text, as `__proto__` can't be written as a value. */
export const nastyJson: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "",
    "null",
    "[]",
    "{}",
    "0",
    '""',
    "{",
    '{"a":',
    "\ufeff{}",
    '{"__proto__":{"scopes":"admin","owner":"root"}}',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    '{"manifest":{"toString":null},"signature":[],"publicKey":{}}',
    '{"manifest":"{}","manifest":"{\\"a\\":1}","signature":"","publicKey":""}',
    "[".repeat(20_000),
    `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`,
    `{"a":"${"x".repeat(300_000)}"}`,
    `[${"1e308,".repeat(1000)}1e309]`,
    `{"version":"1.0.0","task":"other","studentParameters":1e400,"errorWith":-0,"errorWithout":1,"seeds":1,"reporter":""}`,
  ),
  fc.json({ maxDepth: 3 }),
  nasty,
);

/** Safetensors that aren't: headers that lie about lengths, offsets, types and shapes. */
export const nastyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .record({ length: fc.nat(2 ** 32 - 1), header: nastyJson, rest: fc.uint8Array({ maxLength: 64 }) })
    .map(({ length, header, rest }) => {
      const text = new TextEncoder().encode(header);
      return concatenate(lengthOf(length % 2 === 0 ? text.length : length), text, rest);
    }),
  fc
    .record({
      dtype: fc.constantFrom("F32", "F64", "I64", "BOOL", "F4", "", "__proto__"),
      shape: fc.array(fc.oneof(fc.nat(9), fc.constantFrom(-1, 2 ** 53, 1e308, 0.5)), { maxLength: 5 }),
      offsets: fc.array(fc.oneof(fc.nat(64), fc.constantFrom(-1, 2 ** 53)), { minLength: 0, maxLength: 3 }),
      name: nasty,
    })
    .map(({ dtype, shape, offsets, name }) => {
      const header = new TextEncoder().encode(
        JSON.stringify({ [name]: { dtype, shape, data_offsets: offsets } }),
      );
      return concatenate(lengthOf(header.length), header, new Uint8Array(64));
    }),
);

function lengthOf(length: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  return bytes;
}

function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
