import { expect, it } from "vitest";
import { answerJson, answerProblem, startApi } from "../../node/fake-api.ts";
import { type Outcome, previewReport, sendReport } from "./report.ts";

const outcome: Outcome = {
  name: "glyphs",
  version: "1.2.0",
  task: "other",
  studentParameters: 20_000,
  errorWith: 0.21,
  errorWithout: 0.24,
  seeds: 3,
};
const route = "POST /v1/teachers/glyphs/results";
const receipt = { teacher: "glyphs", version: "1.2.0", isNew: true };

it("shows all that would be sent, and sends just that once its user agrees", async () => {
  const bodies: string[] = [];
  await using api = await startApi({
    [route]: (request, response, body) => {
      bodies.push(body.toString());
      answerJson(receipt, 201)(request, response, body);
    },
  });
  const preview = previewReport({ ...outcome, data: [1, 2, 3] } as Outcome);
  expect(Object.keys(JSON.parse(preview.text) as object)).toEqual([
    "version",
    "task",
    "studentParameters",
    "errorWith",
    "errorWithout",
    "seeds",
    "reporter",
  ]);
  expect(preview.payload.reporter).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect(api.log).toEqual([]);
  expect(await sendReport(api.url, preview, { consent: true })).toEqual(receipt);
  expect(bodies).toEqual([preview.text]);
});

it("sends nothing without consent, or another preview than the one that was shown", async () => {
  await using api = await startApi({ [route]: answerJson(receipt) });
  const preview = previewReport(outcome);
  for (const consent of [false, undefined, "yes", 1])
    await expect(sendReport(api.url, preview, { consent: consent as boolean })).rejects.toMatchObject({
      code: "unauthorized",
    });
  await expect(sendReport(api.url, { ...preview, text: "{}" }, { consent: true })).rejects.toMatchObject({
    code: "invalid-argument",
  });
  expect(api.log).toEqual([]);
});

it.each([
  [{ errorWith: 21 }, "invalid-data"],
  [{ errorWithout: Number.NaN }, "invalid-data"],
  [{ seeds: 0 }, "invalid-argument"],
  [{ studentParameters: 1.5 }, "invalid-argument"],
] as const)("refuses %o before it is shown", (changes, code) => {
  expect(() => previewReport({ ...outcome, ...changes })).toThrow(expect.objectContaining({ code }));
});

it("keeps a reporter that it is given, and explains what the API refuses", async () => {
  const reporter = "r".repeat(22);
  expect(previewReport(outcome, reporter).payload.reporter).toBe(reporter);
  expect(() => previewReport(outcome, "me")).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  await using api = await startApi({
    [route]: answerProblem(404, "There is no public glyphs 1.2.0 to report about.", "Report about another."),
  });
  await expect(sendReport(api.url, previewReport(outcome), { consent: true })).rejects.toMatchObject({
    code: "not-found",
    message: expect.stringContaining("no public glyphs 1.2.0"),
  });
});
