import { describe, expect, it } from "vitest";
import {
  answerBytes,
  answerHalf,
  answerJson,
  answerProblem,
  hangUp,
  stall,
  startApi,
  staySilent,
} from "../../node/fake-api.ts";
import { signed, weights, weightsPath } from "../../node/fixture-release.ts";
import { exact, expectBackOff, good, impatient, refusal } from "../../node/pull-trials.ts";
import { connect } from "./index.ts";

describe("an API that fails", () => {
  it("is down: unreachable, after the retries, with growing waits", async () => {
    const api = await startApi({});
    await api[Symbol.asyncDispose]();
    const { waits, options } = impatient();
    expect(await refusal(connect(api.url, options).teacher("fixture-glyphs"))).toBe(
      `unreachable: The API at ${api.url} can't be reached (ECONNREFUSED). ` +
        "Check the address, or start it with `lectern dev`.",
    );
    expectBackOff(waits, [250, 500, 1000]);
  });

  it("is down for long: no retry begins after retryWithinMs, however many are left", async () => {
    const busy = answerProblem(503, "Down", "Wait.", { "retry-after": "6" });
    await using api = await startApi({ [exact]: busy });
    const { waits, options } = impatient({ retries: 50, retryWithinMs: 20_000 });
    expect(await refusal(connect(api.url, options).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^bad-response: .*503/,
    );
    expect(waits).toEqual([6000, 6000, 6000]);
  });

  it("backs off with full jitter, and no longer than 8 s", async () => {
    await using api = await startApi({ [exact]: answerProblem(500, "Broken", "Wait.") });
    const { waits, options } = impatient({ retries: 200, retryWithinMs: Infinity });
    await refusal(connect(api.url, options).teacher("fixture-glyphs@1.0.0"));
    expect(waits).toHaveLength(200);
    expect(Math.max(...waits)).toBeLessThanOrEqual(8000);
    // Uniform from 0: a mean of 4 s, of which 200 draws are within 5 standard errors.
    const late = waits.slice(5);
    expect(Math.abs(late.reduce((a, b) => a + b) / late.length - 4000)).toBeLessThan(
      5 * (8000 / Math.sqrt(12 * 195)),
    );
    expect(Math.min(...late)).toBeLessThan(1000);
  });

  it("is slow: timeout, without a retry", async () => {
    await using api = await startApi({ [exact]: staySilent });
    const { options } = impatient({ timeoutMs: 60 });
    expect(await refusal(connect(api.url, options).teacher("fixture-glyphs@1.0.0"))).toBe(
      `timeout: The API at ${api.url} didn't answer within 0.06 s. Try again, or pass a larger timeoutMs.`,
    );
    expect(api.log).toEqual([exact]);
  });

  it("stalls in the middle of the weights: timeout", async () => {
    await using api = await startApi({ ...good, [`GET ${weightsPath}`]: stall(weights) });
    const { options } = impatient({ timeoutMs: 150 });
    expect(await refusal(connect(api.url, options).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^timeout: .* didn't answer within 0\.15 s\./,
    );
  });

  it("answers 500, hangs up, is busy, and then works", async () => {
    await using api = await startApi({
      [exact]: [
        answerProblem(500, "Broken", "Wait"),
        hangUp,
        answerProblem(429, "Busy", "Wait", { "retry-after": "7" }),
        answerJson(signed),
      ],
      [`GET ${weightsPath}`]: [answerHalf(weights), answerBytes(weights)],
    });
    const { waits, options } = impatient();
    const received: number[] = [];
    const { teacher } = connect(api.url, options);
    const pulled = await teacher("fixture-glyphs@1.0.0", {
      onProgress: (p) => received.push(p.receivedBytes),
    });
    expect(pulled.weights).toEqual(weights);
    expect(waits[2]).toBe(7000);
    expectBackOff(waits.toSpliced(2, 1), [250, 500, 250]);
    expect(received.filter((bytes) => bytes === 0).length).toBe(2);
  });

  it.each([
    [500, "bad-response", 4],
    [503, "bad-response", 4],
    [429, "bad-response", 4],
    [404, "not-found", 1],
    [401, "unauthorized", 1],
    [403, "unauthorized", 1],
    [400, "invalid-argument", 1],
    [422, "invalid-argument", 1],
  ])("answers %i: %s after %i requests, in the API's own words", async (status, code, requests) => {
    await using api = await startApi({
      [exact]: answerProblem(status, "No\u001b[31m\nsuch  thing", "Do that."),
    });
    const said = await refusal(connect(api.url, impatient().options).teacher("fixture-glyphs@1.0.0"));
    expect(said).toBe(`${code}: The API at ${api.url} answered ${status}: No [31m such thing. Do that.`);
    expect(api.log.length).toBe(requests);
  });

  it("refuses without words: the status and a remedy", async () => {
    await using api = await startApi({
      [exact]: (_, response) => void response.writeHead(404).end("<html>"),
    });
    expect(await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"))).toBe(
      `not-found: The API at ${api.url} answered 404. Check name, version and token.`,
    );
  });

  it("asks for more patience than anyone has: not retried", async () => {
    await using api = await startApi({
      [exact]: answerProblem(503, "Down", "Wait.", { "retry-after": "3600" }),
    });
    const { waits, options } = impatient();
    expect(await refusal(connect(api.url, options).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^bad-response: .*503: Down\./,
    );
    expect(waits).toEqual([]);
  });

  it.each([
    [
      "manifest",
      { ...good, [exact]: answerHalf(Buffer.from(JSON.stringify(signed)), "application/json") },
      exact,
    ],
    ["weights", { ...good, [`GET ${weightsPath}`]: answerHalf(weights) }, `GET ${weightsPath}`],
    [
      "weights, and calls it all",
      { ...good, [`GET ${weightsPath}`]: answerBytes(weights.subarray(0, 300)) },
      `GET ${weightsPath}`,
    ],
  ])("sends half of the %s: retried, then bad-response", async (_, routes, route) => {
    await using api = await startApi(routes);
    expect(await refusal(connect(api.url, impatient().options).teacher("fixture-glyphs@1.0.0"))).toBe(
      `bad-response: The API at ${api.url} sent half an answer, or no JSON. Try again later.`,
    );
    expect(api.log.filter((line) => line === route).length).toBe(4);
  });

  it("answers with a page of HTML: bad-response", async () => {
    await using api = await startApi({ [exact]: (_, response) => void response.end("<html>") });
    expect(await refusal(connect(api.url, impatient().options).teacher("fixture-glyphs@1.0.0"))).toMatch(
      /^bad-response: .* sent half an answer, or no JSON\. Try again later\.$/,
    );
  });

  it.each([
    ["other JSON", { hello: "world" }, "The manifest's signature is wrong"],
    ["null", null, "The manifest's signature is wrong"],
    ["9 MB of JSON", "x".repeat(9_000_000), "sent more than 8000000 bytes"],
  ])("answers with %s: nothing that anyone signed", async (_, answer, words) => {
    await using api = await startApi({ [exact]: answerJson(answer) });
    const said = await refusal(connect(api.url).teacher("fixture-glyphs@1.0.0"));
    expect(said).toMatch(/^integrity: .* Pull it again, or ask its publisher\.$/);
    expect(said).toContain(words);
  });
});
