import { inspect, nominalTrajectory } from "@lectern/client/inspect";
import { expect, test } from "vitest";
import { toExplanationPage } from "./page.ts";
import { waveTeacher } from "../../../client/src/testing/wave-teacher.ts";

test("the page holds the words and escapes class names", () => {
  const teacher = waveTeacher();
  const moments = nominalTrajectory(teacher);
  const explanation = inspect(teacher, moments, "a nominal student");
  const page = toExplanationPage(explanation, moments);
  expect(page).toContain("What the teacher wave 1.0.0 does");
  expect(page).toContain("class &quot;1&quot;");
  expect(page).not.toMatch(/NaN|undefined|<script|https?:\/\/(?!www\.w3\.org)/);
  expect(moments.map(({ step }) => step)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45]);
});
