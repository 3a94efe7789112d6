import { generateSigningKey, sha256Hex, type SigningKey, signManifest } from "@lectern/shared/artifact";
import type { Manifest, SignedManifest } from "@lectern/shared/schema";
import { exampleManifest, exampleWeights } from "../../shared/artifact/manifest-example.ts";
import { addToken, request } from "./requests.ts";

export interface Weights {
  bytes: Uint8Array<ArrayBuffer>;
  sha256: string;
}

/** Weights of the example manifest; another seed gives another digest. */
export async function makeWeights(seed = 1): Promise<Weights> {
  const bytes = exampleWeights(exampleManifest(), seed);
  return { bytes, sha256: await sha256Hex(bytes) };
}

/** One who publishes: an owner with a token, a key and uploaded weights. */
export interface Publisher {
  owner: string;
  token: string;
  key: SigningKey;
  weights: Weights;
}

export async function makePublisher(owner: string): Promise<Publisher> {
  const publisher = {
    owner,
    token: await addToken(owner),
    key: await generateSigningKey(),
    weights: await makeWeights(),
  };
  const answer = await putWeights(publisher.weights, publisher.token);
  await answer.arrayBuffer();
  return publisher;
}

export function putWeights({ bytes, sha256 }: Weights, token: string): Promise<Response> {
  return request(`/v1/weights/${sha256}`, {
    method: "PUT",
    body: bytes,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/octet-stream" },
  });
}

export function describeTeacher(
  { owner, key, weights }: Publisher,
  changes: Partial<Manifest> = {},
): Manifest {
  return exampleManifest({
    weights: { format: "safetensors", sha256: weights.sha256, bytes: weights.bytes.length },
    publisher: { name: owner, publicKey: key.publicKey },
    ...changes,
  });
}

export function sign(publisher: Publisher, changes: Partial<Manifest> = {}): Promise<SignedManifest> {
  return signManifest(JSON.stringify(describeTeacher(publisher, changes), null, 2), publisher.key);
}

export function putRelease(
  name: string,
  version: string,
  envelope: unknown,
  token: string,
): Promise<Response> {
  return request(`/v1/teachers/${name}/versions/${version}`, {
    method: "PUT",
    body: JSON.stringify(envelope),
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
  });
}

/** Signs and puts a release with these changes to the example. */
export async function publish(
  publisher: Publisher,
  changes: Partial<Manifest> & { name: string; version: string },
): Promise<Response> {
  return putRelease(changes.name, changes.version, await sign(publisher, changes), publisher.token);
}
