import { generateSigningKey, serializeSafetensors, sha256Hex, signManifest } from "@lectern/shared/artifact";
import { isLecternError } from "@lectern/shared/errors";
import { describe, expect, it } from "vitest";
import { answerJson, answerProblem, type Handler, hangUp, startApi } from "../../node/fake-api.ts";
import { manifest, resign, signed, weights, weightsPath } from "../../node/fixture-release.ts";
import { publishTeacher } from "./index.ts";

const put = "PUT /v1/teachers/fixture-glyphs/versions/1.0.0";
const receipt = { sha256: manifest.weights.sha256, bytes: 584 };
const release = {
  name: "fixture-glyphs",
  version: "1.0.0",
  description: "",
  family: "mixed",
  classes: 3,
  tasks: ["glyphs"],
  weights: receipt,
  publisher: "lectern-tests",
  publishedAt: "2026-11-23T10:00:00Z",
};
const options = { signed, weights, token: "secret", wait: async () => undefined };

async function refusal(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    if (isLecternError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error("accepted");
}

/** Keeps what it was sent, with the headers that matter, and answers. */
function keep(kept: object[], next: Handler): Handler {
  return (request, response, body) => {
    const { authorization, "content-type": type, "content-length": length } = request.headers;
    kept.push({ authorization, type, length, body });
    next(request, response, body);
  };
}

describe("publishTeacher", () => {
  it("uploads the weights, then the manifest, byte by byte as signed", async () => {
    const kept: object[] = [];
    await using api = await startApi({
      [`PUT ${weightsPath}`]: keep(kept, answerJson(receipt, 201)),
      [put]: keep(kept, answerJson(release, 201)),
    });
    const progress: unknown[] = [];
    expect(await publishTeacher(api.url, { ...options, onProgress: (p) => progress.push(p) })).toEqual(
      release,
    );
    expect(api.log).toEqual([`HEAD ${weightsPath}`, `PUT ${weightsPath}`, put]);
    const authorization = "Bearer secret";
    const json = Buffer.from(JSON.stringify(signed));
    expect(kept).toEqual([
      { authorization, type: "application/octet-stream", length: "584", body: Buffer.from(weights) },
      { authorization, type: "application/json", length: String(json.length), body: json },
    ]);
    expect(progress).toEqual([
      { sentBytes: 0, totalBytes: 584 },
      { sentBytes: 584, totalBytes: 584 },
    ]);
  });

  it("tells how the upload proceeds, and begins again when the line fails", async () => {
    const tensors = { V: { shape: [50_000], data: new Float32Array(50_000).fill(0.5) } };
    const large = serializeSafetensors(tensors);
    const totalBytes = large.length;
    const sha256 = await sha256Hex(large);
    const path = `/v1/weights/${sha256}`;
    const kept: { body: Buffer }[] = [];
    await using api = await startApi({
      [`PUT ${path}`]: [hangUp, keep(kept, answerJson({ sha256, bytes: totalBytes }))],
      [put]: answerJson(release),
    });
    const sent: number[] = [];
    await publishTeacher(api.url, {
      ...options,
      signed: await resign({ weights: { format: "safetensors", sha256, bytes: totalBytes } }),
      weights: large,
      onProgress: (progress) => sent.push(progress.sentBytes),
    });
    expect(sent).toEqual([0, 65_536, 131_072, 196_608, 0, 65_536, 131_072, 196_608, totalBytes]);
    expect(kept[0]?.body.equals(large)).toBe(true);
  });

  it("leaves out weights that are there already", async () => {
    await using api = await startApi({
      [`HEAD ${weightsPath}`]: (_, response) => void response.end(),
      [put]: answerJson(release),
    });
    expect(await publishTeacher(api.url, options)).toEqual(release);
    expect(api.log).toEqual([`HEAD ${weightsPath}`, put]);
  });

  it("does each step again when the line fails", async () => {
    await using api = await startApi({
      [`HEAD ${weightsPath}`]: [hangUp, answerProblem(404, "None", "Upload it.")],
      [`PUT ${weightsPath}`]: [hangUp, answerProblem(502, "Bad gateway", "Wait."), answerJson(receipt)],
      [put]: [hangUp, answerJson(release)],
    });
    expect(await publishTeacher(api.url, options)).toEqual(release);
    expect(api.log.length).toBe(7);
  });

  it.each([
    ["1.0.0", "1.0.1"],
    ["1.2.0-rc.1", "1.2.0"],
  ])("explains that %s exists, and offers %s", async (version, higher) => {
    await using api = await startApi({
      [`HEAD ${weightsPath}`]: (_, response) => void response.end(),
      [`PUT /v1/teachers/fixture-glyphs/versions/${version}`]: answerProblem(409, "Exists.", "Use another."),
    });
    const action = publishTeacher(api.url, { ...options, signed: await resign({ version }) });
    expect(await refusal(action)).toBe(
      `conflict: fixture-glyphs ${version} exists with other content at ${api.url}, and a released version never changes. ` +
        `Publish a higher version, such as ${higher}.`,
    );
  });

  it.each([
    [401, "unauthorized"],
    [403, "unauthorized"],
    [413, "invalid-argument"],
  ])("hands on a %i as %s, at once, and without the token", async (status, code) => {
    await using api = await startApi({
      [`PUT ${weightsPath}`]: answerProblem(status, "Not with this.", "Mend it."),
    });
    const said = await refusal(publishTeacher(api.url, options));
    expect(said).toBe(`${code}: The API at ${api.url} answered ${status}: Not with this. Mend it.`);
    expect(api.log).toEqual([`HEAD ${weightsPath}`, `PUT ${weightsPath}`]);
  });

  it("doesn't carry the token along a redirect", async () => {
    await using api = await startApi({
      [`PUT ${weightsPath}`]: (_, response) => void response.writeHead(307, { location: "/elsewhere" }).end(),
    });
    expect(await refusal(publishTeacher(api.url, options))).toMatch(/^invalid-argument: .* answered 307\./);
    expect(api.log).toEqual([`HEAD ${weightsPath}`, `PUT ${weightsPath}`]);
  });

  it.each(["", " ", "a b", "secret\n", "geheim\u00fc"])(
    "refuses the token %j before anything is sent",
    async (token) => {
      await using api = await startApi({});
      const said = await refusal(publishTeacher(api.url, { ...options, token }));
      expect(said).toMatch(/^invalid-argument: The publishing token is empty, or has blanks/);
      expect(api.log).toEqual([]);
    },
  );

  it("sends nothing that the API would refuse: altered weights, another's signature", async () => {
    await using api = await startApi({});
    const altered = weights.map((byte, i) => (i === 400 ? byte ^ 1 : byte));
    expect(await refusal(publishTeacher(api.url, { ...options, weights: altered }))).toMatch(
      /^integrity: The weights of/,
    );
    expect(await refusal(publishTeacher(api.url, { ...options, weights: weights.slice(4) }))).toMatch(
      /don't have the digest 5f75ecee/,
    );
    const forged = await signManifest(signed.manifest, await generateSigningKey());
    expect(await refusal(publishTeacher(api.url, { ...options, signed: forged }))).toMatch(
      /^integrity: .*is signed with /,
    );
    expect(api.log).toEqual([]);
  });
});
