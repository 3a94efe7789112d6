import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isLecternError } from "../errors/index.ts";
import * as schema from "../schema/index.ts";
import {
  openManifest,
  readManifest,
  readRelease,
  readSignedManifest,
  readTeacherList,
  readTeacherPage,
  readWeightsReceipt,
} from "./index.ts";
import { exampleManifest } from "./manifest-example.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const { provenance, recipe } = exampleManifest();
/** Of recipes that a client can teach by with nothing registered. */
const openExamples = [
  exampleManifest(),
  exampleManifest({ teacher: { kind: "gate" }, provenance: { ...provenance, evaluation: null } }),
  {
    ...exampleManifest(),
    recipe: {
      ...exampleManifest().recipe,
      optimizer: { kind: "adam", learningRate: 0.01 },
      schedule: "constant",
    },
  },
  {
    ...exampleManifest(),
    recipe: {
      ...exampleManifest().recipe,
      optimizer: { kind: "momentum", learningRate: 0.01, momentum: 0.9 },
    },
  },
].map((example) => JSON.parse(JSON.stringify(example)) as Json);
const examples = [
  ...openExamples,
  ...[
    { kind: "nesterov", momentum: 0.9 },
    { kind: "rmsprop", momentum: 0.5 },
    { kind: "centered-rmsprop", decay: 0.8 },
    { kind: "adagrad" },
    { kind: "adadelta", rho: 0.9 },
    { kind: "adamax", decay: 0.1 },
  ].map((optimizer) =>
    Object.assign(exampleManifest(), {
      recipe: { ...recipe, optimizer: { learningRate: 0.01, ...optimizer } },
    }),
  ),
].map((example) => JSON.parse(JSON.stringify(example)) as Json);

/** What sits at the limits of the checks, and what other languages confuse. */
const edges: Json[] = [
  [null, true, false, 0, 1, 2, 8, 0.5, -1, 1024, 1025, 4096, 4097, 2 ** 53 - 1, 2 ** 53, 1e21, 1e-8],
  [
    "",
    "a",
    "ab",
    "a-b",
    "a--b",
    "A",
    "1.0.0",
    "1.0",
    "1.0.0-rc.1",
    "1.0.0+build",
    "01.0.0",
    "QQ==",
    "QQ=",
    "\n",
  ],
  [
    "x".repeat(64),
    "x".repeat(65),
    "😀".repeat(64),
    "😀".repeat(65),
    "x".repeat(128),
    "x".repeat(2001),
    "f".repeat(64),
  ],
  [
    "sgd",
    "momentum",
    "adam",
    "attention",
    "gate",
    "cosine",
    "bilinear",
    "mixed",
    "gain",
    "pooled",
    "no-dev",
    "full",
  ],
  ["toString", "safetensors", "lectern-teacher", "__proto__", "\ud800"],
  [[], {}, ["a", "b"], [1, 2], { kind: "sgd", learningRate: 1 }, { kind: "gate" }, { a: 1 }],
].flat();

type Place = { holder: Record<string, Json>; key: string };

/** Every field and element of a document, in order. */
function places(value: Json): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, Json>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }].concat(places(holder[key] ?? null)));
}

type Edit = { at: number; how: "set" | "delete" | "add" | "swap"; value: Json; other: number };

function mutate(document: Json, edits: Edit[]): string {
  const copy = structuredClone(document);
  for (const { at, how, value, other } of edits) {
    const all = places(copy);
    const place = all[at % all.length];
    const from = all[other % all.length];
    if (!place || !from) continue;
    if (how === "delete") delete place.holder[place.key];
    else if (how === "swap") place.holder[place.key] = structuredClone(from.holder[from.key] ?? null);
    else if (how === "add") {
      const key = typeof value === "string" ? value : "extra";
      Object.defineProperty(place.holder, key, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } else place.holder[place.key] = structuredClone(value);
  }
  // 1e999 parses as Infinity, which JSON.stringify can't write.
  return JSON.stringify(copy).replaceAll(/"\\n"(?!:)/g, "1e999");
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(1000),
  how: fc.constantFrom("set", "set", "set", "delete", "add", "swap"),
  value: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...edges) }, fc.jsonValue() as fc.Arbitrary<Json>),
  other: fc.nat(1000),
});

/** The value, or undefined for a refusal by LecternError; anything else thrown is a failure. */
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!isLecternError(error)) throw error;
    expect(["invalid-artifact", "unsupported"]).toContain(error.code);
    return undefined;
  }
}

function compare(
  documents: Json[],
  schema: { safeParse(value: unknown): { data?: unknown } },
  read: (json: string) => unknown,
) {
  const counts = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...documents), fc.array(edit, { maxLength: 2 }), (document, edits) => {
      const json = mutate(document, edits);
      const expected = schema.safeParse(JSON.parse(json)).data;
      expect(
        attempt(() => read(json)),
        json,
      ).toEqual(expected);
      counts[expected === undefined ? "refused" : "accepted"]++;
    }),
    { seed: 3, numRuns: 3000 },
  );
  return counts;
}

describe("openManifest", () => {
  it("accepts what the schema does, with the same defaults", () => {
    const opened = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...openExamples), fc.array(edit, { maxLength: 2 }), (document, edits) => {
        const json = mutate(document, edits);
        const expected = schema.manifest.safeParse(JSON.parse(json)).data;
        const manifest = attempt(() => openManifest(json));
        if (expected !== undefined) {
          // Of the fields that it doesn't use, `__proto__` among a data set's is dropped by the schema alone.
          expect({ ...manifest, provenance: {} }, json).toEqual({ ...expected, provenance: {} });
        }
        opened[manifest === undefined ? "refused" : "accepted"]++;
      }),
      { seed: 4, numRuns: 1000 },
    );
    expect(Math.min(opened.accepted, opened.refused)).toBeGreaterThan(100);
  });

  it.each([
    ["no JSON", "{", "invalid-artifact", "The manifest isn't JSON."],
    ["null", "null", "invalid-artifact", "manifest is null, expected an object."],
    [
      "no manifest",
      '{"hello":1}',
      "invalid-artifact",
      "manifest.format is undefined, expected lectern-teacher.",
    ],
    [
      "a future version",
      JSON.stringify({ ...exampleManifest(), formatVersion: 2 }),
      "unsupported",
      "The manifest has format 2, expected at most 1. Update @lectern/client.",
    ],
    [
      "a recipe of no steps",
      JSON.stringify({ ...exampleManifest(), recipe: { ...recipe, steps: 0 } }),
      "invalid-artifact",
      "recipe.steps is 0, expected an integer from 1.",
    ],
    [
      "a feature without a scale",
      JSON.stringify(exampleManifest()).replace('"scale":0.75', '"scale":"x"'),
      "invalid-artifact",
      'manifest.state.features.2.scale is "x", expected a number.',
    ],
    [
      "a version that is a path",
      JSON.stringify(exampleManifest({ version: "../1.0.0" })),
      "invalid-artifact",
      'manifest.version is "../1.0.0", expected ',
    ],
  ])("refuses %s", (_, json, code, message) => {
    expect(() => openManifest(json)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as unknown }),
    );
  });
});

describe("readManifest", () => {
  it("accepts and refuses what the schema does, with the same defaults", () => {
    const counts = compare(examples, schema.manifest, readManifest);
    expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(500);
  });

  it("agrees with the schema at every field: each edge value in each place", () => {
    const differing: string[] = [];
    for (const document of examples) {
      for (let at = 0; at < places(document).length; at++) {
        for (const value of edges) {
          const json = mutate(document, [{ at, how: "set", value, other: 0 }]);
          const accepted = schema.manifest.safeParse(JSON.parse(json)).success;
          if (accepted !== (attempt(() => readManifest(json)) !== undefined)) differing.push(json);
        }
      }
    }
    expect(differing).toEqual([]);
  });

  const say = (value: unknown) => {
    try {
      readManifest(typeof value === "string" ? value : JSON.stringify(value));
    } catch (error) {
      if (isLecternError(error)) return `${error.code}: ${error.message}`;
    }
    return "accepted";
  };

  it("names the field, what it has, and what was expected", () => {
    expect(say({ ...exampleManifest(), recipe: { ...recipe, steps: 0 } })).toBe(
      "invalid-artifact: manifest.recipe.steps has 0, expected an integer from 1 to Infinity. " +
        "Pull it again, or ask its publisher.",
    );
    expect(say({ ...exampleManifest(), recipe: { ...recipe, optimizer: { kind: "lion" } } })).toContain(
      'manifest.recipe.optimizer.kind has "lion", expected sgd|momentum|adam|nesterov|rmsprop|',
    );
    expect(say({ ...exampleManifest(), colour: "red" })).toContain(
      'manifest has "colour", expected only format,',
    );
    expect(say({ ...exampleManifest(), license: undefined })).toContain(
      "manifest.license is missing, expected a string",
    );
    expect(say({ ...exampleManifest(), format: "onnx" })).toContain(
      'manifest.format has "onnx", expected lectern-teacher.',
    );
    expect(say("null")).toContain("manifest has null, expected an object.");
    expect(say("{")).toContain("invalid-artifact: The manifest isn't JSON.");
  });

  it("says that a format of the future needs an update, whatever else it holds", () => {
    expect(say({ format: "lectern-teacher", formatVersion: 2, novel: true })).toBe(
      "unsupported: The manifest has format 2, expected at most 1. Update @lectern/client.",
    );
  });
});

describe("readers of answers", () => {
  const release = {
    name: "glyphs",
    version: "1.0.0",
    description: "",
    family: "mixed",
    classes: 3,
    tasks: ["glyphs"],
    weights: { sha256: "0".repeat(64), bytes: 8 },
    publisher: "lectern",
    publishedAt: "2026-11-23T10:00:00Z",
  };

  it.each([
    [
      "signed manifest",
      { manifest: "{}", signature: "QQ==", publicKey: "" },
      schema.signedManifest,
      readSignedManifest,
    ],
    ["teacher list", { teachers: [release], nextCursor: null }, schema.teacherList, readTeacherList],
    ["teacher page", { name: "glyphs", releases: [release] }, schema.teacherPage, readTeacherPage],
    ["release", release, schema.release, readRelease],
    ["weights receipt", release.weights, schema.weightsReceipt, readWeightsReceipt],
  ])("reads a %s as the schema does", (_, example, zod, read) => {
    const counts = compare([example], zod, (json) => read(JSON.parse(json)));
    expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(300);
  });

  it("refuses a signed manifest of more than 1,000,000 characters", () => {
    const envelope = { manifest: "x".repeat(1_000_001), signature: "", publicKey: "" };
    expect(attempt(() => readSignedManifest(envelope))).toBeUndefined();
    expect(attempt(() => readSignedManifest({ ...envelope, manifest: "x".repeat(1_000_000) }))).toBeDefined();
  });
});
