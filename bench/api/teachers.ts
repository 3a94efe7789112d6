import { serializeSafetensors, sha256Hex, type SigningKey, signManifest } from "@lectern/shared/artifact";
import type { Manifest } from "@lectern/shared/schema";
import { featuresOf, initialTheta } from "@lectern/shared/teacher";
import { exampleManifest } from "../../shared/artifact/manifest-example.ts";

export interface MadeTeacher {
  manifest: Manifest;
  weights: Uint8Array<ArrayBuffer>;
}

/**
 * A `mixed` teacher with the paper's state, as meta-training would start it, each weight then moved a little, as training
 * does: a start is mostly zeros, which are faster to mix and to write than what is ever published.
 *
 * @param options.moved how far at most; 0 leaves the start
 */
export async function makeTeacher(
  name: string,
  {
    classes,
    keys,
    key,
    owner = "bench",
    moved = 0.1,
  }: { classes: number; keys: number; key: SigningKey; owner?: string; moved?: number },
): Promise<MadeTeacher> {
  const features = featuresOf("full", classes);
  const architecture = { kind: "attention", keys } as const;
  const theta = initialTheta({ family: "mixed", architecture, classes, features: features.length }, 1);
  const weights = Uint8Array.from(
    serializeSafetensors(
      Object.fromEntries(
        Object.entries(theta).map(([block, { shape, data }]) => [
          block,
          { shape: [...shape], data: Float32Array.from(data, (value, i) => value + moved * Math.sin(i + 1)) },
        ]),
      ),
    ),
  );
  const manifest = exampleManifest({
    name,
    classes: { count: classes, names: Array.from({ length: classes }, (_, i) => `class-${i}`) },
    teacher: architecture,
    state: {
      featureSet: "full",
      features,
      measurement: { everySteps: 20, devExamples: 200, trainBatches: 5 },
    },
    weights: { format: "safetensors", sha256: await sha256Hex(weights), bytes: weights.length },
    publisher: { name: owner, publicKey: key.publicKey },
  });
  return { manifest, weights };
}

/** Uploads and publishes. */
export async function publishTeacher(
  origin: string,
  token: string,
  { manifest, weights }: MadeTeacher,
  key: SigningKey,
): Promise<void> {
  const headers = { Authorization: `Bearer ${token}` };
  const put = async (path: string, type: string, body: BodyInit) => {
    const answer = await fetch(origin + path, {
      method: "PUT",
      headers: { ...headers, "Content-Type": type },
      body,
    });
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  };
  await put(`/v1/weights/${manifest.weights.sha256}`, "application/octet-stream", weights);
  const signed = await signManifest(JSON.stringify(manifest, null, 2), key);
  await put(
    `/v1/teachers/${manifest.name}/versions/${manifest.version}`,
    "application/json",
    JSON.stringify(signed),
  );
}
