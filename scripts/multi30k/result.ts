import { comparePaired, deviation, mean } from "../../trainer/src/statistics/index.ts";
import { parameterCount } from "../../trainer/src/translation/index.ts";
import { spearman } from "./tune.ts";
import { budget, searches, type Contender, type Ground, type Outcome } from "./ground.ts";

export type SavedTheta = Record<string, { shape: number[]; data: number[] }>;
export type Tuned = Contender & Outcome;

/** What the experiment knows so far. */
export interface Stages {
  cpuSeconds?: number;
  tuned?: Tuned[];
  correlations?: Record<string, number>;
  course?: { loss: string; seed: number; step: number; bleu: number; metrics: Record<string, number> }[];
  teacher?: {
    smoothing: number;
    fades: boolean;
    learningRate: number;
    metric: string;
    path: { metaStep: number; metric: number; status: string }[];
    candidates: { metaSteps: number; bleu: number; bleus: number[]; theta: SavedTheta }[];
    chosen: number;
  };
  evaluation?: { name: string; parameter: number; learningRate: number; bleus: number[] }[];
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

export function printResult(
  { task, network, family }: Ground,
  { cpuSeconds, tuned, correlations, course = [], teacher, evaluation }: Stages,
): { markdown: string; json: string } {
  const reference = evaluation!.at(-1)!.bleus;
  const rows = evaluation!.map(({ name, parameter, learningRate, bleus }) => [
    name,
    String(Number(parameter.toPrecision(4))),
    learningRate.toPrecision(2),
    mean(bleus).toFixed(2),
    `± ${deviation(bleus).toFixed(2)}`,
    bleus.map((b) => b.toFixed(2)).join(", "),
    bleus === reference || bleus.length < 2 ? "" : difference(reference, bleus),
  ]);
  const trajectory = teacher!.candidates.map(({ metaSteps, bleu, bleus }) => [
    metaSteps === teacher!.chosen ? `**${metaSteps}**` : String(metaSteps),
    bleu.toFixed(2),
    bleus.map((b) => b.toFixed(2)).join(", "),
  ]);
  const markdown = `# Multi30k, German to English: a small Transformer in ${budget.steps} steps, a teacher of the family ${family}

\`npm run experiment:multi30k -- --family ${family} --data-dir ../shared/data\` writes this; ${Math.round(cpuSeconds! / 60)} minutes of one core's time.

Student: ${network.name}, ${parameterCount(network).toLocaleString("en")} weights, ${task.vocabulary.size} subwords; Adam (β 0.9, 0.98, ε 1e-4), cosine,
batch ${budget.batchSize}, T = ${budget.steps}. Pairs of at most ${budget.longest} positions: ${task.pools.meta.length} for meta-training, ${task.pools.evaluation.length} others for tuning and
evaluation, ${task.metaDev.length} for M. BLEU: lower case, 13a, beam ${budget.beam}, length penalty ${budget.lengthPenalty}; choices on ${budget.validationSentences} validation sentences,
the table on all ${task.test.source.length} of test_2016_flickr, ${budget.seeds} paired seeds that no choice saw.

${table(["loss", "parameter", "rate", "BLEU", "deviation", "seeds", "teacher − this"], rows)}

The teacher's parameter is the number of meta-steps that were chosen. M: ${teacher!.metric}. How dev metrics
go with BLEU (Spearman's ρ; −1 is best), over ${tuned!.length} tuned students at T and over ${course.length} moments of two students' training:

${table(
  ["metric", "at T", "during training"],
  Object.entries(spearman(course)).map(([name, rho]) => [
    name,
    correlations![name]?.toFixed(3) ?? "not measured",
    rho.toFixed(3),
  ]),
)}

θ on validation sentences, students of the meta pool:

${table(["meta-steps", "BLEU", "students"], trajectory)}
`;
  const { candidates, ...summary } = teacher!;
  const withoutTheta = candidates.map(({ metaSteps, bleu, bleus }) => ({ metaSteps, bleu, bleus }));
  const json = {
    budget: { ...budget, ...searches[family] },
    cpuSeconds,
    tuned,
    correlations,
    course,
    teacher: { ...summary, candidates: withoutTheta },
    evaluation,
  };
  return { markdown, json: `${JSON.stringify(json, null, 1)}\n` };
}

function difference(a: readonly number[], b: readonly number[]): string {
  const { difference: d, pValue } = comparePaired(a, b);
  return `${d >= 0 ? "+" : "−"}${Math.abs(d).toFixed(2)} (p = ${pValue.toFixed(2)})`;
}
