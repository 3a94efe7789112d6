import { deriveSeed } from "../../trainer/src/task/index.ts";
import { corpusBleu, openTranslationLesson, teachTranslator } from "../../trainer/src/translation/index.ts";
import { budget, guideOf, measureMetrics, recipeAt, type Ground } from "./ground.ts";
import type { Stages } from "./result.ts";
import { bestByLoss } from "./tune.ts";

const everySteps = 50;
/** The best ones. */
const losses = 2;

/** BLEU and the dev metrics side by side as students learn: under the best losses, one student each. */
export async function followCourse(
  ground: Ground,
  stages: Stages,
  save: () => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  const course = (stages.course ??= []);
  for (const [seed, best] of bestByLoss(stages.tuned ?? [])
    .slice(0, losses)
    .entries()) {
    if (course.some(({ loss }) => loss === best.loss)) continue;
    const lesson = openTranslationLesson({
      network: ground.network,
      recipe: recipeAt(best.learningRate),
      pairs: ground.task.pools.evaluation,
      seed: deriveSeed(1, "tuning", 1, seed),
    });
    await teachTranslator(lesson, guideOf(best), {
      async onStep({ step }) {
        if ((step + 1) % everySteps !== 0) return;
        const { beam, lengthPenalty } = budget;
        const { score } = await corpusBleu(lesson.translator, ground.task.vocabulary, ground.validation, {
          beam,
          lengthPenalty,
        });
        const metrics = await measureMetrics(ground, lesson.student);
        course.push({ loss: best.loss, seed, step: step + 1, bleu: score, metrics });
        say(`course of ${best.loss}, step ${step + 1}: BLEU ${score.toFixed(2)}`);
      },
    });
    lesson.dispose();
    await save();
  }
}
