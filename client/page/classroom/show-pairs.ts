import { drawPairPlot } from "../charts/pair-plot.ts";
import { byId, percent, table } from "../dom.ts";
import type { Side } from "./contest.ts";
import { intervalOf } from "./statistics.ts";
import { judge, type Pair } from "./verdict.ts";

/** The verdict so far; over several pairs also each pair's errors, and accuracies with their intervals over seeds. */
export function showPairs(pairs: readonly Pair[], fixedLoss: string): void {
  const { text, winner } = judge(pairs, fixedLoss);
  byId("result").dataset["winner"] = winner;
  byId("result").textContent = text;
  if (pairs.length < 2) return;
  byId("pairs-done").hidden = false;
  drawPairPlot(
    byId("pairs-plot"),
    pairs.map(({ seed, errors }) => ({ label: `seed ${seed}`, ...errors })),
    text,
  );
  const row = (name: string, side: Side) => {
    const accuracies = pairs.map(({ errors }) => 1 - errors[side]);
    const { mean, half } = intervalOf(accuracies);
    return [name, `${percent(mean)} ± ${(100 * half!).toFixed(1)}`, ...accuracies.map((a) => percent(a))];
  };
  byId("accuracies").replaceChildren(
    table(
      "Test accuracy: mean with its 95 % interval over seeds, and each seed's",
      ["Student of", "Mean", ...pairs.map(({ seed }) => `Seed ${seed}`)],
      [row("the teacher", "teacher"), row(fixedLoss, "fixed")],
    ),
  );
}
