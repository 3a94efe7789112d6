import { generateSigningKey } from "@lectern/shared/artifact";
import { expect } from "vitest";
import { makeWeights, publish, type Publisher, putWeights } from "./releases.ts";
import { addToken } from "./requests.ts";

/** One kind of request, as often as wanted: each time about something that nobody has asked for before. */
export interface Scenario {
  /** `GET /v1/teachers/{name}`: of the contract. */
  operation: string;
  /** Sets the scene for the n-th run, without faults, and returns what makes the request. */
  prepare(n: number): Promise<() => Request>;
  /** The statuses of a request that met no fault. */
  succeeds: readonly number[];
}

export const nothing = async (): Promise<void> => undefined;

/** Makes the same request as often as it is called. */
export function ask(path: string, init?: RequestInit): () => Request {
  return () => new Request(`https://api.test${path}`, init);
}

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

export function write(method: string, path: string, token: string, body?: unknown): () => Request {
  return ask(path, {
    method,
    headers: { ...bearer(token), ...(body !== undefined && { "Content-Type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** A name that looks like no other: sixteen letters of a hash of n. */
export function nameOf(n: number): string {
  let state = Math.imul(n + 1, 0x9e3779b1);
  return Array.from({ length: 16 }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x85ebca6b) + 0x6d2b79f5;
    return String.fromCharCode(97 + ((state >>> 8) % 26));
  }).join("");
}

/** A publisher of its own for each run, with weights of its own that aren't uploaded yet. */
export async function newcomer(n: number): Promise<Publisher> {
  const owner = `o${n}`;
  return {
    owner,
    token: await addToken(owner, { scopes: "admin" }),
    key: await generateSigningKey(),
    weights: await makeWeights(n),
  };
}

export async function uploaded(n: number): Promise<Publisher> {
  const publisher = await newcomer(n);
  expect((await putWeights(publisher.weights, publisher.token)).status).toBe(201);
  return publisher;
}

export interface Published extends Publisher {
  name: string;
}

export async function published(n: number): Promise<Published> {
  const publisher = await uploaded(n);
  const name = nameOf(n);
  const answer = await publish(publisher, { name, version: "1.0.0" });
  expect(answer.status, await answer.text()).toBe(201);
  return { ...publisher, name };
}
