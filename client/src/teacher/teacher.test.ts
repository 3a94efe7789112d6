import { generateSigningKey, serializeSafetensors, sha256Hex, signManifest } from "@lectern/shared/artifact";
import { LecternError } from "@lectern/shared/errors";
import type { Manifest, SignedManifest } from "@lectern/shared/schema";
import { chance, emit, plainAlgebra, stateVector } from "@lectern/shared/teacher";
import { beforeAll, describe, expect, test } from "vitest";
import { smallArtifact, useBackend } from "../testing/students.ts";
import { openNetwork, type TeacherTensors } from "./network.ts";
import { connect, loadTeacher } from "./pull.ts";
import { createTeacher } from "./teacher.ts";

const good = smallArtifact();
const state = { time: 0.3, train: { ...chance(3), accuracy: 0.8, confidence: 0.7 } };

describe("createTeacher", () => {
  test("emits what μ_θ gives for the state", () => {
    const { manifest, tensors } = good;
    const { features } = manifest.state;
    const A = plainAlgebra(Float64Array);
    const spec = {
      family: manifest.loss.family,
      architecture: manifest.teacher,
      classes: 3,
      features: features.length,
    };
    const expected = emit(A, spec, tensors, A.tensor(stateVector(features, state), [features.length]));
    expect(createTeacher(good).emit(state)).toEqual(expected);
    expect(createTeacher(good).manifest).toBe(manifest);
  });

  const change = (tensors: Partial<TeacherTensors>, manifest: Partial<Manifest> = {}) => ({
    manifest: { ...good.manifest, ...manifest },
    tensors: Object.fromEntries(
      Object.entries({ ...good.tensors, ...tensors }).filter(([, tensor]) => tensor !== undefined),
    ) as TeacherTensors,
  });
  const malformedState = (state: Partial<Manifest["state"]>) =>
    change({}, { state: { ...good.manifest.state, ...state } });
  const { b, V } = good.tensors as Required<TeacherTensors>;

  test.each([
    ["a missing tensor", change({ W: undefined }), /Tensor "W" has shape \[none\], expected \[3,3,3\]/],
    ["another shape", change({ b: { ...b!, shape: [9] } }), /"b" has shape \[9\], expected \[3,3\]/],
    ["too few values", change({ b: { ...b!, data: new Float32Array(8) } }), /"b" has shape/],
    [
      "NaN",
      change({ V: { ...V!, data: V!.data.map((v, i) => (i === 4 ? Number.NaN : v)) } }),
      /"V" has shape .* of finite values/,
    ],
    [
      "classes without names",
      change({}, { classes: { count: 3, names: ["a", "b", "b"] } }),
      /no 3 different class names/,
    ],
    [
      "no dev examples for dev features",
      (() => {
        const full = smallArtifact({ featureSet: "full" });
        const measurement = { ...full.manifest.state.measurement, devExamples: 0 };
        return { ...full, manifest: { ...full.manifest, state: { ...full.manifest.state, measurement } } };
      })(),
      /manifest\.devExamples is 0, expected an integer from 1/,
    ],
  ])("refuses %s, and openNetwork says what it is", (_, artifact, message) => {
    expect(() => createTeacher(artifact)).toThrow(LecternError);
    expect(() => createTeacher(artifact)).toThrow(
      "The manifest is malformed, or the weights aren't its own.",
    );
    expect(() => createTeacher(artifact)).toThrow(expect.objectContaining({ code: "invalid-artifact" }));
    expect(() => openNetwork(artifact.manifest, artifact.tensors)).toThrow(message);
  });

  test.each([
    ["no state", change({}, { state: undefined as never })],
    ["no classes", change({}, { classes: null as never })],
    ["steps of 0", change({}, { recipe: { ...good.manifest.recipe, steps: 0 } })],
    [
      "a measurement that is never due",
      malformedState({ measurement: { everySteps: 0, devExamples: 0, trainBatches: 1 } }),
    ],
    [
      "a scale in words",
      malformedState({ features: good.manifest.state.features.map((f) => ({ ...f, scale: "1" as never })) }),
    ],
    ["no features", malformedState({ features: null as never })],
  ])("refuses a manifest with %s, whoever signed it", (_, artifact) => {
    expect(() => createTeacher(artifact)).toThrow(expect.objectContaining({ code: "invalid-artifact" }));
  });

  test("needs no more of the weights than it uses", () => {
    expect(createTeacher(change({ W2: b })).emit(state)).toEqual(createTeacher(good).emit(state));
    expect(() => openNetwork(good.manifest, change({ W2: b }).tensors)).toThrow(
      "The weights have 6 tensors, expected 5",
    );
  });

  test("doesn't guess at a state feature of a later version", () => {
    const features = [...good.manifest.state.features.slice(1), { name: "mood", offset: 0, scale: 1 }];
    const artifact = change({}, { state: { ...good.manifest.state, features } });
    expect(() => createTeacher(artifact)).toThrow(/has no "mood"\. Update/);
  });

  test("a state without dev data is refused by a teacher that looks at it", () => {
    expect(() => createTeacher(smallArtifact({ featureSet: "full" })).emit(state)).toThrow(/no-dev/);
  });
});

describe("a published teacher", () => {
  let signed: SignedManifest;
  let weights: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    await useBackend("cpu");
    const key = await generateSigningKey();
    weights = serializeSafetensors(good.tensors as Parameters<typeof serializeSafetensors>[0]);
    const manifest: Manifest = {
      ...good.manifest,
      weights: { format: "safetensors", sha256: await sha256Hex(weights), bytes: weights.length },
      publisher: { name: "tests", publicKey: key.publicKey },
    };
    signed = await signManifest(JSON.stringify(manifest), key);
  });

  test("loads from its files", async () => {
    const teacher = await loadTeacher({ signed, weights });
    expect(teacher.emit(state)).toEqual(createTeacher(good).emit(state));
  });

  test("is refused with one flipped bit", async () => {
    const flipped = weights.slice();
    flipped[flipped.length - 1]! ^= 1;
    await expect(loadTeacher({ signed, weights: flipped })).rejects.toMatchObject({ code: "integrity" });
  });

  test("is pulled as a teacher", async () => {
    const asked: string[] = [];
    const fetch = async (url: string | URL | Request) => {
      const { pathname } = new URL(String(url));
      asked.push(pathname);
      return pathname.startsWith("/v1/weights/")
        ? new Response(weights)
        : Response.json(signed, { headers: { "content-type": "application/json" } });
    };
    const teacher = await connect("https://teachers.example", { fetch }).teacher("corners@^1.0");
    expect(asked[0]).toBe("/v1/teachers/corners/versions/%5E1.0");
    expect(teacher.emit(state)).toEqual(createTeacher(good).emit(state));
  });
});
