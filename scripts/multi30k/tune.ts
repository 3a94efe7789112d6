import { deriveSeed } from "../../trainer/src/task/index.ts";
import { mean } from "../../trainer/src/statistics/index.ts";
import { translationRivals } from "../../trainer/src/translation/index.ts";
import { guideOf, runStudent, type Contender, type Ground, type Outcome } from "./ground.ts";
import type { Stages, Tuned } from "./result.ts";

const rates = [0.003, 0.005, 0.008];
const seed = deriveSeed(1, "tuning", 0);

const isSame = (a: Contender, b: Contender): boolean =>
  a.loss === b.loss && a.value === b.value && a.learningRate === b.learningRate;

/**
 * Every loss gets the same number of lessons: three rates at its middle parameter, then two more parameters at the best
 * rate (cross-entropy, which has none: two more rates), all judged by BLEU on the validation sentences. A best rate or
 * parameter at the edge of those tried gets one beyond it.
 */
export async function tuneAll(
  ground: Ground,
  stages: Stages,
  save: () => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  const tuned: Tuned[] = (stages.tuned ??= []);
  const measure = async (contender: Contender): Promise<Tuned> => {
    const known = tuned.find((each) => isSame(each, contender));
    if (known) return known;
    const { learningRate } = contender;
    const outcome = await runStudent(ground, {
      guide: guideOf(contender),
      learningRate,
      pool: "evaluation",
      seed,
      on: ground.validation,
      withMetrics: true,
    });
    const result = { ...contender, ...outcome };
    tuned.push(result);
    await save();
    say(`tuning ${contender.loss} ${contender.value} at ${learningRate}: BLEU ${outcome.bleu.toFixed(2)}`);
    return result;
  };
  for (const [loss, { parameter }] of Object.entries(translationRivals)) {
    const values = parameter?.grid ?? [0];
    const middle = values[Math.floor(values.length / 2)]!;
    const tried: Tuned[] = [];
    const list = parameter ? rates : [0.002, ...rates, 0.012];
    for (const learningRate of list) tried.push(await measure({ loss, value: middle, learningRate }));
    const best = () => bestOf(tried);
    for (const value of values)
      if (value !== middle) tried.push(await measure({ loss, value, learningRate: best().learningRate }));
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const further = { [least]: least / 2, [most]: most * 1.5 }[best().value];
    if (parameter && further !== undefined)
      tried.push(await measure({ loss, value: further, learningRate: best().learningRate }));
    const { learningRate, value } = best();
    const beyond =
      learningRate === Math.min(...list)
        ? learningRate / 1.6
        : learningRate === Math.max(...list)
          ? learningRate * 1.6
          : undefined;
    if (beyond !== undefined) tried.push(await measure({ loss, value, learningRate: beyond }));
  }
}

export const bestOf = (tried: readonly Tuned[]): Tuned => tried.reduce((a, b) => (b.bleu > a.bleu ? b : a));

/** The best setting of each loss, best loss first. */
export const bestByLoss = (tuned: readonly Tuned[]): Tuned[] =>
  Object.keys(translationRivals)
    .map((loss) => bestOf(tuned.filter((each) => each.loss === loss)))
    .toSorted((a, b) => b.bleu - a.bleu);

/** Spearman's ρ of each dev metric with BLEU over tuning's students. A metric is minimised: good is −1. */
export function correlate(stages: Stages, say: (line: string) => void): void {
  const { tuned = [] } = stages;
  stages.correlations = spearman(tuned);
  for (const [name, rho] of Object.entries(stages.correlations))
    say(`${name}: ρ = ${rho.toFixed(3)} with BLEU over ${tuned.length} students`);
}

/** Of each metric with BLEU. */
export function spearman(outcomes: readonly Pick<Outcome, "bleu" | "metrics">[]): Record<string, number> {
  const bleus = ranks(outcomes.map(({ bleu }) => bleu));
  return Object.fromEntries(
    Object.keys(outcomes[0]?.metrics ?? {}).map((name) => [
      name,
      pearson(ranks(outcomes.map(({ metrics }) => metrics![name]!)), bleus),
    ]),
  );
}

function ranks(values: readonly number[]): number[] {
  return values.map((v) => {
    const below = values.filter((other) => other < v).length;
    const same = values.filter((other) => other === v).length;
    return below + (same - 1) / 2;
  });
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const sum = (f: (i: number) => number) => a.reduce((total, _, i) => total + f(i), 0);
  const square = (x: readonly number[], m: number) => sum((i) => (x[i]! - m) ** 2);
  return sum((i) => (a[i]! - ma) * (b[i]! - mb)) / Math.sqrt(square(a, ma) * square(b, mb));
}
