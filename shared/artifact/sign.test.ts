import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import {
  exportSigningKey,
  generateSigningKey,
  importSigningKey,
  openSignedManifest,
  sha256Hex,
  signManifest,
  verifySignedManifest,
} from "./index.ts";
import { exampleManifest } from "./manifest-example.ts";

// RFC 8032, section 7.1, test 1.
const rfcKey = JSON.parse(
  await readFile(new URL("../fixtures/artifact-v1/test-key.json", import.meta.url), "utf8"),
) as Record<string, string>;

async function envelope() {
  const key = await generateSigningKey();
  const manifest = exampleManifest({ publisher: { name: "lectern", publicKey: key.publicKey } });
  return { key, manifest, signed: await signManifest(JSON.stringify(manifest), key) };
}

it("computes SHA-256 as FIPS 180-4's examples do", async () => {
  expect(await sha256Hex(new Uint8Array())).toBe(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
  expect(await sha256Hex(new TextEncoder().encode("abc"))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

describe("signManifest", () => {
  it("gives the signature of RFC 8032, test 1", async () => {
    expect(await signManifest("", await importSigningKey(rfcKey))).toEqual({
      manifest: "",
      signature: "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw==",
      publicKey: "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    });
  });

  it("refuses a text that UTF-8 can't carry", async () => {
    const { key } = await envelope();
    await expect(signManifest('"\ud800"', key)).rejects.toMatchObject({ code: "invalid-argument" });
  });
});

describe("signing keys", () => {
  it("survive export and import", async () => {
    const { key } = await envelope();
    const stored = JSON.parse(JSON.stringify(await exportSigningKey(key))) as unknown;
    const again = await importSigningKey(stored);
    expect(again.publicKey).toBe(key.publicKey);
    expect(await signManifest("text", again)).toEqual(await signManifest("text", key));
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "key"],
    ["no secret", { ...rfcKey, d: undefined }],
    ["a short secret", { ...rfcKey, d: "AAAA" }],
    ["another's public key", { ...rfcKey, x: "A".repeat(43) }],
  ])("are refused when they hold %s", async (_, stored) => {
    await expect(importSigningKey(stored)).rejects.toMatchObject({
      name: "LecternError",
      code: "invalid-argument",
    });
  });
});

describe("openSignedManifest", () => {
  it("gives the manifest that was signed", async () => {
    const { manifest, signed } = await envelope();
    expect(await openSignedManifest(signed)).toEqual(manifest);
  });

  it("refuses any altered byte of the text, a blank included", async () => {
    const { signed } = await envelope();
    for (const manifest of [`${signed.manifest} `, signed.manifest.replace("1.0.0", "1.0.1"), ""]) {
      await expect(verifySignedManifest({ ...signed, manifest })).rejects.toMatchObject({
        code: "integrity",
      });
    }
  });

  it("isn't deceived by a lone surrogate, which UTF-8 turns into U+FFFD", async () => {
    const { key } = await envelope();
    const signed = await signManifest('"\ufffd"', key);
    await expect(verifySignedManifest({ ...signed, manifest: '"\ud800"' })).rejects.toMatchObject({
      code: "integrity",
    });
  });

  it.each<[string, Record<string, string>]>([
    ["another's key", { publicKey: rfcKey["x"]?.replaceAll("_", "/").concat("=") ?? "" }],
    ["a key that is no point of the curve", { publicKey: Buffer.alloc(32, 0xff).toString("base64") }],
    ["a short key", { publicKey: "QQ==" }],
    ["a key that isn't base64", { publicKey: "\n" }],
    ["an empty signature", { signature: "" }],
    ["a signature of zeros", { signature: Buffer.alloc(64).toString("base64") }],
  ])("refuses %s", async (_, change) => {
    const { signed } = await envelope();
    await expect(openSignedManifest({ ...signed, ...change })).rejects.toMatchObject({ code: "integrity" });
  });

  it("refuses a valid signature by somebody else than the manifest's publisher", async () => {
    const { signed } = await envelope();
    const forged = await signManifest(signed.manifest, await generateSigningKey());
    await verifySignedManifest(forged);
    await expect(openSignedManifest(forged)).rejects.toThrow(
      /^glyphs 1\.0\.0 is signed with \S+, expected \S+\. Pull it again/,
    );
  });
});
