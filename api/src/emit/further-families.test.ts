import { parseSafetensors, sha256Hex } from "@lectern/shared/artifact";
import type { Emission } from "@lectern/shared/schema";
import { emit, plainAlgebra, registerFurtherFamilies } from "@lectern/shared/teacher";
import { expect, it } from "vitest";
import { exampleWeights } from "../../../shared/artifact/manifest-example.ts";
import { describeTeacher, makePublisher, publish, putWeights } from "../../test/releases.ts";
import { request } from "../../test/requests.ts";

it.each(["invariant", "taylor"] as const)("a teacher of family %s is published and emits", async (family) => {
  registerFurtherFamilies();
  const ada = await makePublisher(`ada-${family}`);
  const bytes = exampleWeights(describeTeacher(ada, { loss: { family } }), 3);
  const weights = { bytes, sha256: await sha256Hex(bytes) };
  expect((await putWeights(weights, ada.token)).status).toBe(201);
  const changes = { name: family, version: "1.0.0", loss: { family } };
  const own = { ...ada, weights };
  expect((await publish(own, changes)).status).toBe(201);
  const manifest = describeTeacher(own, changes);
  const raw = manifest.state.features.map((_, i) => 0.25 + i / 7);
  const answer = await request(`/v1/teachers/${family}/versions/1.0.0/emit`, {
    method: "POST",
    body: JSON.stringify({ state: raw }),
    headers: { "Content-Type": "application/json" },
  });
  expect(answer.status).toBe(200);
  const { phi } = await answer.json<Emission>();
  const A = plainAlgebra(Float64Array);
  const { features } = manifest.state;
  const state = raw.map((value, i) => (value - features[i]!.offset) * features[i]!.scale);
  const theta = Object.fromEntries(
    Object.entries(parseSafetensors(bytes).tensors).map(([name, { shape, data }]) => [
      name,
      A.tensor(Array.from(data, Number), shape),
    ]),
  );
  const expected = emit(
    A,
    { family, architecture: manifest.teacher, classes: 3, features: features.length },
    theta,
    A.tensor(state, [state.length]),
  );
  expect(Object.keys(phi[0]!)).toEqual(Object.keys(expected));
  for (const [name, { data }] of Object.entries(expected))
    expect([phi[0]![name]!].flat(2)).toEqual(Array.from(data));
});
