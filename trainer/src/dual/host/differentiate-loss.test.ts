import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import {
  fixedGuide,
  oneHotRows,
  openStudent,
  teacherGuide,
  uploadCoefficients,
  type Guide,
  type Outputs,
  type Student,
} from "@lectern/client/lesson";
import {
  initialTheta,
  registerFamily,
  registerFurtherFamilies,
  type TeacherSpec,
} from "@lectern/shared/teacher";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import tempered from "../../../../docs/examples/my-family.ts";
import { closeBackends, useBackend } from "../../backend/select.ts";
import { installOverlay } from "../../overlay/index.ts";
import { differentiateByTape, type Head } from "../head.ts";
import { differentiateOnHost, type LossPoint } from "./differentiate-loss.ts";

const [n, K] = [6, 4];

registerFamily("tempered", tempered);
registerFurtherFamilies();

function guideFor(family: string): Guide {
  if (family === "cross-entropy") return fixedGuide("cross-entropy");
  const spec: TeacherSpec = { family, architecture: { kind: "attention", keys: 2 }, classes: K, features: 2 };
  return teacherGuide({
    spec,
    theta: initialTheta(spec, 3),
    features: ["time", "one"].map((name) => ({ name, offset: 0, scale: 1 })),
    measurement: { everySteps: 1, devExamples: 0, trainBatches: 1 },
  });
}

const student = (units = K, outputs?: Outputs): Student =>
  openStudent(
    sequential({ layers: [layers.dense({ units, inputShape: [3] })] }),
    units === 1 ? 2 : K,
    outputs,
  );

const wave = (shape: number[], phase: number, scale = 1): tf.Tensor =>
  tf.tidy(() => {
    const places = tf.range(0, tf.util.sizeFromShape(shape));
    return tf.reshape(tf.mul(tf.sin(tf.add(tf.mul(places, 1.7), phase)), scale), shape);
  });

function pointOf(family: string, weighted: boolean, scale = 2): LossPoint & { tensors: tf.Tensor[] } {
  const guide = guideFor(family);
  const train = { accuracy: 0.5, crossEntropy: 1, confidence: 0.5, confidenceSpread: 0.1 };
  const phi = uploadCoefficients(guide.emit({ time: 0.3, train }));
  const labels = tf.tensor1d([0, 1, 2, 3, 1, 0], "int32");
  const batch = {
    x: tf.zeros([n, 3]),
    target: oneHotRows(labels, K),
    ...(weighted && { weights: tf.tensor1d([1, 0, 2, 1, 0.5, 1]) }),
  };
  const output = { value: wave([n, K], 0, scale), tangents: [wave([n, K], 1), wave([n, K], 2)] };
  const tensors = [...Object.values(phi), labels, ...Object.values(batch), output.value, ...output.tangents];
  return { student: student(), guide, phi, batch, output, tensors };
}

const tensorsOf = ({ output: { value, tangent }, dPhi }: Head): tf.Tensor[] => [
  value,
  tangent!,
  ...Object.values(dPhi),
];

describe.each(["cpu", "wasm"])("on the host, on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    installOverlay();
  });
  afterAll(() => {
    tf.disposeVariables();
    closeBackends();
  });

  it.each(
    ["bilinear", "mixed", "gain", "invariant", "taylor", "tempered", "cross-entropy"].flatMap((family) => [
      [family, false] as const,
      [family, true] as const,
    ]),
  )("%s, weights and masks: %s: equals the tape's, and leaks nothing", (family, weighted) => {
    const point = pointOf(family, weighted);
    // The polynomial's terms cancel, which the tape does in float32.
    const tolerance = family === "taylor" ? 5e-5 : 5e-6;
    const expected = tf.tidy(() => tensorsOf(differentiateByTape(point)));
    // Once, so that what is known of the student is known.
    tf.dispose(tensorsOf(differentiateOnHost(point)!));
    const before = tf.memory().numTensors;
    const result = differentiateOnHost(point)!;
    const actual = tensorsOf(result);
    expect(Object.keys(result.dPhi)).toEqual(Object.keys(point.phi));
    expect(tf.memory().numTensors).toBe(before + actual.length);
    for (const [i, tensor] of actual.entries()) {
      expect(tensor.shape).toEqual(expected[i]!.shape);
      const [x, y] = [tensor.dataSync(), expected[i]!.dataSync()];
      const size = Math.max(...y.map(Math.abs), 1e-3);
      for (const [k, value] of x.entries()) expect(Math.abs(value - y[k]!) / size).toBeLessThan(tolerance);
    }
    const first = differentiateOnHost({ ...point, output: { ...point.output, tangents: [] } })!;
    expect([...first.output.value.dataSync()]).toEqual([...actual[0]!.dataSync()]);
    expect([first.loss, first.output.tangent, first.dPhi]).toEqual([result.loss, undefined, {}]);
    tf.dispose([actual, expected, first.output.value, point.tensors]);
  });

  it("is left to tensor operations where numbers overflow, and where outputs aren't logits", () => {
    const point = pointOf("bilinear", false, Number.NaN);
    expect(differentiateOnHost(point)).toBe(null);
    const finite = pointOf("bilinear", false);
    expect(differentiateOnHost({ ...finite, student: student(K, "probabilities") })).toBe(null);
    expect(differentiateOnHost({ ...finite, student: student(1) })).toBe(null);
    tf.dispose([point.tensors, finite.tensors]);
  });
});
