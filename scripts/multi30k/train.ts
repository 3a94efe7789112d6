import type { PlainTensor } from "@lectern/shared/teacher";
import { mean } from "../../trainer/src/statistics/index.ts";
import { deriveSeed } from "../../trainer/src/task/index.ts";
import type { ThetaValues } from "../../trainer/src/train/meta-optimizer.ts";
import { trainTranslationTeacher, translationMetrics } from "../../trainer/src/translation/index.ts";
import {
  budget,
  guideOfTeacher,
  recipeAt,
  runStudent,
  searches,
  teacherAt,
  type Ground,
  type TeacherStart,
} from "./ground.ts";
import type { SavedTheta, Stages } from "./result.ts";
import { bestByLoss } from "./tune.ts";

export const thaw = (saved: SavedTheta): ThetaValues =>
  Object.fromEntries(
    Object.entries(saved).map(([name, { shape, data }]): [string, PlainTensor] => [
      name,
      { shape, data: Float64Array.from(data) },
    ]),
  );

const freeze = (theta: ThetaValues): SavedTheta =>
  Object.fromEntries(
    Object.entries(theta).map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: Array.from(data, (v) => Number(v.toPrecision(7))) },
    ]),
  );

/** The teacher starts at the best fixed loss's rate, and near that loss itself if it smooths. */
export function startOf({ tuned = [] }: Stages): TeacherStart & { readonly learningRate: number } {
  const { loss, value, learningRate } = bestByLoss(tuned)[0]!;
  const smooths = loss === "label-smoothing" || loss === "scheduled-smoothing";
  return { smoothing: smooths ? value : 0, fades: loss === "scheduled-smoothing", learningRate };
}

/** Meta-trains a teacher and chooses its θ by BLEU on the validation sentences, with students of the meta pool. */
export async function train(
  ground: Ground,
  stages: Stages,
  save: () => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  if (stages.teacher) return;
  const from = startOf(stages);
  const { smoothing, fades, learningRate } = from;
  const { metric: name } = budget;
  const metric = translationMetrics.find((each) => each.name === name)!;
  const start = teacherAt(ground, from);
  say(
    `meta-training on ${name}, from smoothing ${smoothing}${fades ? ", fading," : ""} at rate ${learningRate}`,
  );
  const candidates: NonNullable<Stages["teacher"]>["candidates"] = [];
  const path: NonNullable<Stages["teacher"]>["path"] = [];
  const validate = async (metaSteps: number, theta: ThetaValues): Promise<void> => {
    const bleus: number[] = [];
    for (let i = 0; i < budget.validationStudents; i++) {
      const { bleu } = await runStudent(ground, {
        guide: guideOfTeacher({ ...start, theta }),
        learningRate,
        pool: "meta",
        seed: deriveSeed(1, "validation", i),
        on: ground.validation,
      });
      bleus.push(bleu);
    }
    candidates.push({ metaSteps, bleu: mean(bleus), bleus, theta: freeze(theta) });
    say(`  θ after ${metaSteps} meta-steps: BLEU ${bleus.map((b) => b.toFixed(2)).join(", ")}`);
  };
  await validate(0, start.theta);
  await trainTranslationTeacher(ground.task, start, {
    network: ground.network,
    recipe: recipeAt(learningRate),
    metric,
    estimator: budget.estimator,
    metaSteps: searches[ground.family].metaSteps,
    learningRate: searches[ground.family].metaRate,
    elementRate: budget.elementRate,
    seed: 1,
    async onMetaStep({ metaStep, theta, metric: value, status }) {
      path.push({ metaStep, metric: value, status });
      say(`  meta-step ${metaStep}: M ${value.toFixed(4)} ${status}`);
      if ((metaStep + 1) % budget.validateEvery === 0) await validate(metaStep + 1, theta);
    },
  });
  const chosen = candidates.reduce((a, b) => (b.bleu > a.bleu ? b : a));
  stages.teacher = {
    smoothing,
    fades,
    learningRate,
    metric: name,
    path,
    candidates,
    chosen: chosen.metaSteps,
  };
  await save();
}
