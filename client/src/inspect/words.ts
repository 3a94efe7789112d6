import type { Doing, Inspection } from "./inspect.ts";
import type { NearestLoss } from "./nearest-loss.ts";

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const number = (x: number): string => String(Number(x.toPrecision(3)));

/** What a teacher does over training, in a few sentences that stand on the inspection's numbers alone. */
export function inWords(inspection: Inspection): string[] {
  const { moments } = inspection;
  const [first, last] = [moments[0]!, moments.at(-1)!];
  return [
    overTime(inspection),
    strength(first, last),
    confidence(inspection, last),
    classes(inspection, last),
    likeness(first, last),
  ];
}

/** Below this a teacher's loss hardly changes: it is a learned loss, not a course of losses. */
const still = 0.1;

function overTime({ change, changeOfShape, moments, student }: Inspection): string {
  const over = `from the first to the last of ${moments.length} emissions to ${student}`;
  if (change < still)
    return `It is nearly static: its gradients change by ${percent(change)} ${over}. What it teaches is a learned loss rather than a course of losses.`;
  if (changeOfShape < still)
    return `It changes by ${percent(change)} ${over}, nearly all of it strength (${percent(changeOfShape)} is left once a common factor is taken out): much of what it does a learning-rate schedule could do.`;
  return `It changes by ${percent(change)} ${over}, and in kind, not strength alone: ${percent(changeOfShape)} is left once a common factor is taken out.`;
}

function strength(first: Doing, last: Doing): string {
  const [early, late] = [mean(first.pullByConfidence), mean(last.pullByConfidence)];
  return `The mean pull on the label's logit, −∂ℓ/∂z_y, goes from ${number(early)} to ${number(late)} (cross-entropy: 0.5 on these predictions, always).`;
}

function confidence({ confidences }: Inspection, last: Doing): string {
  const pull = last.pullByConfidence;
  const strongest = pull.indexOf(Math.max(...pull));
  const share = pull[0]! / pull[strongest]!;
  const at = `where the student gives the label p = ${confidences[strongest]}`;
  if (share > 0.9)
    return `In the end it pulls hardest ${at}, as cross-entropy does: it insists on labels that the student doubts.`;
  return share < 0.3
    ? `In the end it pulls hardest ${at}, and at p = ${confidences[0]} with only ${percent(share)} of that: labels that the student strongly doubts are let go, which is what helps when labels are wrong.`
    : `In the end it pulls hardest ${at}, and at p = ${confidences[0]} with ${percent(share)} of that: it is softer than cross-entropy on labels that the student doubts.`;
}

function classes({ classNames, labels }: Inspection, last: Doing): string {
  const pulls = last.pullByLabel;
  const name = (value: number) => `“${classNames[labels[pulls.indexOf(value)]!]}” (${number(value)})`;
  const [most, least] = [Math.max(...pulls), Math.min(...pulls)];
  const spread = (most - least) / mean(pulls.map(Math.abs));
  return spread < still
    ? `Classes are treated alike: their mean pulls differ by ${percent(spread)} at most.`
    : `Classes are treated differently: in the end it pulls hardest for ${name(most)}, least for ${name(least)}.`;
}

function likeness(first: Doing, last: Doing): string {
  const [early, late] = [first.nearest, last.nearest];
  const same = early.loss === late.loss && early.parameter?.value === late.parameter?.value;
  return same
    ? `The nearest known loss, at first and in the end: ${describe(late)}.`
    : `The nearest known loss at first: ${describe(early)}; in the end: ${describe(late)}.`;
}

/** "focal (gamma 2) times 1.3, 12 % away". */
export function describe({ loss, parameter, factor, distance }: NearestLoss): string {
  const own = parameter ? ` (${parameter.name} ${parameter.value})` : "";
  return `${loss.replaceAll("-", " ")}${own} times ${number(factor)}, ${percent(distance)} away`;
}

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
