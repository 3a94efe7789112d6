import { signManifest } from "@lectern/shared/artifact";
import fc from "fast-check";
import { nasty } from "./hostile.ts";
import { makeTeacher, type World } from "./world.ts";

export interface PublicationCounts {
  /** By status of the publication. */
  statuses: Record<string, number>;
  failures: string[];
}

const values: fc.Arbitrary<unknown> = fc.oneof(
  nasty,
  fc.constantFrom(null, true, -1, 0, 1e21, 2 ** 53, [], {}, [null], { __proto__: null }, undefined),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Where in the manifest, by a number that picks one of its members at each level. */
const change = fc.record({ path: fc.array(fc.nat(50), { minLength: 1, maxLength: 3 }), value: values });

/** Text members that take nearly anything: so that some odd manifests are right. */
const oddButRight = fc.record({
  description: fc.string({ unit: "binary", maxLength: 60 }).map((text) => text.toWellFormed()),
});

/**
 * Publications that are signed as they should be, of manifests with something odd in one place: what is taken is there,
 * byte by byte as it was signed, and what is refused is not there at all.
 */
export async function fuzzPublications(
  { api: { url, token }, key }: World,
  { publications, seed }: { publications: number; seed: number },
): Promise<PublicationCounts> {
  const counts: PublicationCounts = { statuses: {}, failures: [] };
  const teacher = await makeTeacher(key, { name: "changed" });
  const headers = { authorization: `Bearer ${token}` };
  const { weights } = JSON.parse(teacher.signed.manifest) as { weights: { sha256: string } };
  const stored = await fetch(`${url}/v1/weights/${weights.sha256}`, {
    method: "PUT",
    headers: { ...headers, "content-type": "application/octet-stream" },
    body: teacher.weights,
  });
  await stored.arrayBuffer();
  const samples = fc.sample(fc.oneof({ weight: 3, arbitrary: change }, oddButRight), {
    seed,
    numRuns: publications,
  });
  for (const [i, sample] of samples.entries()) {
    const manifest = JSON.parse(teacher.signed.manifest) as Record<string, unknown>;
    const version = `1.0.${i}`;
    manifest["version"] = version;
    if ("path" in sample) put(manifest, sample.path, sample.value);
    else Object.assign(manifest, sample);
    const text = JSON.stringify(manifest);
    const address = `${url}/v1/teachers/changed/versions/${version}`;
    const answer = await fetch(address, {
      method: "PUT",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(await signManifest(text, key)),
    });
    const said = await answer.text();
    counts.statuses[answer.status] = (counts.statuses[answer.status] ?? 0) + 1;
    const found = await fetch(address);
    const there = await found.text();
    const isTaken = answer.status === 201;
    const isRight = isTaken
      ? found.status === 200 && (JSON.parse(there) as { manifest: string }).manifest === text
      : answer.status >= 400 && answer.status < 500 && found.status === 404;
    if (!isRight)
      counts.failures.push(
        `${answer.status} to ${text.slice(0, 400)}: ${said.slice(0, 200)}; afterwards ${found.status} ${there.slice(0, 100)}`,
      );
  }
  return counts;
}

/** Puts the value at the member that the numbers lead to, as deep as there are members. */
function put(target: Record<string, unknown>, [first = 0, ...rest]: readonly number[], value: unknown): void {
  const keys = Object.keys(target);
  const key = keys[first % keys.length]!;
  const next = target[key];
  if (rest.length > 0 && typeof next === "object" && next !== null && Object.keys(next).length > 0)
    put(next as Record<string, unknown>, rest, value);
  else target[key] = value;
}
