import { expect, test } from "vitest";
import type { MetaStepMetrics } from "../train/index.ts";
import { lineChart, standalonePicture } from "./svg/index.ts";
import { largestProfile } from "./stability-section.ts";
import { toTrainingReport } from "./training-report.ts";

const step = (metaStep: number, over: Partial<MetaStepMetrics> = {}): MetaStepMetrics => ({
  metaStep,
  metric: 0.5 / metaStep,
  devError: 0.2 / metaStep,
  gradientNorm: 1,
  largestCotangent: 10 ** metaStep,
  cotangents: {
    steps: [8, 4, 0],
    norms: [
      [1, 2, 10 ** metaStep],
      [3, null, 5],
    ],
  },
  phiChange: 0.1,
  stepShare: 1,
  learningRate: 0.02,
  pastTheEdge: false,
  setback: false,
  lostAt: [null, null],
  students: ["ok", "ok"],
  skipped: 0,
  ...over,
});

test("a profile is the largest over students at each step, from 0 up; what wasn't finite is left out", () => {
  expect(largestProfile(step(2))).toEqual([
    [0, 100],
    [4, 2],
    [8, 3],
  ]);
});

test("a run's report draws |dω_t| on a log scale and says what was lost and shortened", () => {
  const lost = {
    metric: null,
    devError: null,
    setback: true,
    students: ["exploded", "exploded"],
    skipped: 2,
  };
  const page = toTrainingReport("mnist, mlp", [
    { metaStep: 0, candidate: "theta", error: 0.5 },
    ...[1, 2].map((n) => step(n)),
    step(3, { ...lost, stepShare: 0.25 }),
  ]);
  expect(page).toContain("<h1>Lectern training: mnist, mlp</h1>");
  expect(page).toContain("3 meta-steps, 2 students skipped; 1 steps were shortened by the trust region.");
  expect(page).toContain("Setbacks: 1 meta-steps without one");
  expect(page).toContain("meta-step 1: up to 10, meta-step 2: up to 100, meta-step 3: up to 1000");
  expect(page.match(/class="line c0[^"]*" d="M/g)).toHaveLength(3 + 6);
  expect(page).not.toMatch(/NaN|undefined|Infinity/);
});

test("a run without a meta-step has a page, too", () => {
  expect(toTrainingReport("glyphs, mlp", [])).toContain("0 meta-steps, 0 students skipped");
});

test("a picture that stands alone has its style, and a paper below everything else", () => {
  const chart = lineChart(
    [
      {
        name: "a",
        look: "c0",
        points: [
          [0, 1],
          [1, 2],
        ],
      },
    ],
    {
      title: "A chart",
      description: "From 1 to 2",
    },
  );
  const file = standalonePicture(chart);
  expect(file).toMatch(/^<svg [^>]*><style>\n:root [^<]*<\/style><rect [^>]*\/><title>A chart<\/title>/);
  expect(file.match(/<svg /g)).toHaveLength(1);
});
