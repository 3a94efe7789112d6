import type { StoryResult } from "../story.ts";
import { nameOf, short } from "../story/show-story.ts";
import type { Rival } from "./choice.ts";

/** Fixed losses with the parameter that tuning would try first, at the rate that the teacher was trained for. */
const untuned: readonly Rival[] = [
  { loss: "cross-entropy" },
  { loss: "label-smoothing", parameter: 0.1 },
  { loss: "focal", parameter: 1 },
  { loss: "large-margin", parameter: 1 },
  { loss: "generalised-cross-entropy", parameter: 0.7 },
  { loss: "symmetric-cross-entropy", parameter: 0.1 },
  { loss: "poly", parameter: 1 },
];

/** What there is to compare with, and what to call it: first the loss that `npm start` found best, if it did. */
export function offerRivals(story: StoryResult | undefined): readonly { rival: Rival; label: string }[] {
  const best = story && tuned(story);
  return [
    ...(best
      ? [
          {
            rival: best,
            label: `${rivalName(best)}, rate ${short(best.learningRate ?? 0)} (best tuned one of npm start)`,
          },
        ]
      : []),
    ...untuned.map((rival) => ({ rival, label: `${rivalName(rival)} (not tuned)` })),
  ];
}

/** Undefined for a loss that this client doesn't have. */
function tuned({ bestFixed: { name, parameter, learningRate } }: StoryResult): Rival | undefined {
  const known = untuned.find(({ loss }) => loss === name);
  return known && { loss: known.loss, ...(parameter !== null && { parameter }), learningRate };
}

export const rivalName = ({ loss, parameter }: Rival): string =>
  nameOf({ name: loss, ...(parameter !== undefined && { parameter }) });
