import { generateSigningKey, sha256Hex, signManifest } from "@lectern/shared/artifact";
import { describe, expect, it } from "vitest";
import { answerBytes, answerJson, startApi } from "../../node/fake-api.ts";
import { manifest, resign, signed, weights, weightsPath } from "../../node/fixture-release.ts";
import { exact, good, refusal } from "../../node/pull-trials.ts";
import { connect as connectTeachers } from "../teacher/index.ts";
import { connect, memoryCache } from "./index.ts";

describe("an artifact that isn't what it should be", () => {
  it("has weights with one flipped bit: integrity, and nothing enters the cache", async () => {
    const flipped = weights.slice();
    flipped[500]! ^= 1;
    await using api = await startApi({ ...good, [`GET ${weightsPath}`]: answerBytes(flipped) });
    const cache = memoryCache();
    const said = await refusal(connect(api.url, { cache }).teacher("fixture-glyphs@1.0.0"));
    expect(said).toMatch(/^integrity: The weights of fixture-glyphs 1\.0\.0 don't have the digest 5f75ecee/);
    expect(await cache.get(manifest.weights.sha256)).toBeUndefined();
  });

  it("has weights that go on and on: refused before they are all read", async () => {
    await using api = await startApi({
      ...good,
      [`GET ${weightsPath}`]: (_, response) => {
        const more = () => response.destroyed || response.write(Buffer.alloc(65_536), more);
        more();
      },
    });
    expect(await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"))).toContain(
      `integrity: The API at ${api.url} sent more than 584 bytes.`,
    );
  });

  it("has a wrong signature", async () => {
    const altered = { ...signed, manifest: signed.manifest.replace("0.4", "0.0") };
    await using api = await startApi({ ...good, [exact]: answerJson(altered) });
    expect(await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^integrity: The manifest's signature is wrong\./,
    );
    expect(api.log).toEqual([exact]);
  });

  it("is signed by a stranger: integrity with trustedKeys", async () => {
    const key = await generateSigningKey();
    const forged = await signManifest(
      JSON.stringify({ ...manifest, publisher: { ...manifest.publisher, publicKey: key.publicKey } }),
      key,
    );
    await using api = await startApi({ ...good, [exact]: answerJson(forged) });
    const trustedKeys = [signed.publicKey];
    expect(await refusal(connect(api.url, { trustedKeys }).teacher("fixture-glyphs@1.0.0"))).toContain(
      `is signed with ${key.publicKey}, expected one of trustedKeys.`,
    );
    api.routes[exact] = answerJson(signed);
    expect((await connect(api.url, { trustedKeys }).teacher("fixture-glyphs@1.0.0")).manifest).toEqual(
      manifest,
    );
  });

  it.each([
    ["another version", { version: "1.0.1" }],
    ["another teacher", { name: "other-glyphs" }],
  ])("is %s than the one asked for", async (_, changes) => {
    await using api = await startApi({ ...good, [exact]: answerJson(await resign(changes)) });
    expect(await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^integrity: http.* answered fixture-glyphs 1\.0\.0 with \S+ \S+\./,
    );
  });

  it.each([
    ["^1.1", "1.0.0"],
    ["~2.0", "1.0.0"],
    [">=1.0.1 <2", "1.0.0"],
    ["1.x", "2.0.0"],
    ["^1.0", "1.1.0-rc.1"],
  ])("is outside the range %s: %s, though its publisher signed it", async (range, version) => {
    await using api = await startApi({
      ...good,
      [`GET /v1/teachers/fixture-glyphs/versions/${range}`]: answerJson(await resign({ version })),
    });
    const expected = `integrity: ${api.url} answered fixture-glyphs@${range} with ${version}, which isn't in that range.`;
    expect(await refusal(connect(api.url).teacher(`fixture-glyphs@${range}`))).toContain(expected);
    // Of `@lectern/client`, too, where publishers are pinned.
    const cache = memoryCache();
    expect(await refusal(connectTeachers(api.url, { cache }).teacher(`fixture-glyphs@${range}`))).toContain(
      expected,
    );
    expect(api.log.some((line) => line.includes("/v1/weights/"))).toBe(false);
  });

  it("is what a tag, or latest, leads to: the API's word", async () => {
    await using api = await startApi({
      ...good,
      ["GET /v1/teachers/fixture-glyphs/versions/beta"]: answerJson(signed),
    });
    expect(
      (await connect(api.url, { cache: memoryCache() }).teacher("fixture-glyphs@beta")).manifest.version,
    ).toBe("1.0.0");
  });

  it("is of a future format", async () => {
    await using api = await startApi({ ...good, [exact]: answerJson(await resign({ formatVersion: 2 })) });
    expect(await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"))).toBe(
      "unsupported: The manifest has format 2, expected at most 1. Update @lectern/client.",
    );
  });

  it("is larger than wanted: refused before the download", async () => {
    await using api = await startApi(good);
    expect(await refusal(connect(api.url, { maxWeightsBytes: 500 }).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^unsupported: .* have 584 bytes, expected at most 500\./,
    );
    expect(api.log).toEqual([exact]);
  });

  it("has weights that match their digest but aren't safetensors", async () => {
    const junk = new Uint8Array(16).fill(1);
    const sha256 = await sha256Hex(junk);
    const broken = await resign({ weights: { format: "safetensors", sha256, bytes: 16 } });
    await using api = await startApi({
      [exact]: answerJson(broken),
      [`GET /v1/weights/${sha256}`]: answerBytes(junk),
    });
    expect(await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^invalid-artifact: The header has .* in the weights file\./,
    );
  });
});
