import { deriveSeed } from "../../trainer/src/task/index.ts";
import { budget, guideOf, guideOfTeacher, runStudent, teacherAt, type Ground } from "./ground.ts";
import type { Stages } from "./result.ts";
import { thaw } from "./train.ts";
import { bestByLoss } from "./tune.ts";

/** Every contender on the same unseen seeds, on the whole test split. */
export async function evaluateAll(
  ground: Ground,
  stages: Stages,
  save: () => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  const { tuned = [], teacher } = stages;
  const { smoothing, learningRate, candidates, chosen } = teacher!;
  const thetaOf = (metaSteps: number) => thaw(candidates.find((c) => c.metaSteps === metaSteps)!.theta);
  const taught = (metaSteps: number) => guideOfTeacher(teacherAt(ground, teacher!, thetaOf(metaSteps)));
  const contenders = [
    ...bestByLoss(tuned).map((best) => ({
      name: best.loss,
      parameter: best.value,
      learningRate: best.learningRate,
      guide: guideOf(best),
    })),
    { name: "teacher's start", parameter: smoothing, learningRate, guide: taught(0) },
    { name: "teacher", parameter: chosen, learningRate, guide: taught(chosen) },
  ];
  const rows = (stages.evaluation ??= []);
  for (let seed = 0; seed < budget.seeds; seed++)
    for (const { name, parameter, learningRate, guide } of contenders) {
      const known = rows.find((row) => row.name === name) ?? { name, parameter, learningRate, bleus: [] };
      if (!rows.includes(known)) rows.push(known);
      if (known.bleus.length > seed) continue;
      const { bleu, brevityPenalty } = await runStudent(ground, {
        guide,
        learningRate,
        pool: "evaluation",
        seed: deriveSeed(1, "evaluation", seed),
        on: ground.task.test,
      });
      known.bleus.push(bleu);
      await save();
      say(`evaluation, seed ${seed}: ${name} BLEU ${bleu.toFixed(2)} (brevity ${brevityPenalty.toFixed(2)})`);
    }
}
