import { LecternError } from "@lectern/shared/errors";
import type { BackendName } from "../backend/index.ts";
import { expectFamilyName } from "../family/index.ts";
import { estimatorOf, metricOf } from "../hypergradient/index.ts";
import {
  absoluteModule,
  isModulePath,
  parseAugmentation,
  parseCondition,
  parseTask,
  resolveTaskSpec,
} from "../task/index.ts";
import { defaultMeta, starts, type TrainConfig } from "../train/index.ts";
import { optimizerOf } from "./optimizer-flags.ts";
import type { TrainFlags } from "./train-flags.ts";

/**
 * The run that the flags describe.
 * @throws LecternError `invalid-argument` for what no flag's own parser can see
 */
export function configOf(f: TrainFlags, backend: BackendName): TrainConfig {
  metricOf(f.metric);
  estimatorOf(f.estimator);
  expectFamilyName(f.family);
  const trained = f.train.find((block) => !defaultMeta.frozen.includes(block));
  if (trained !== undefined)
    throw new LecternError(
      "invalid-argument",
      `--train ${trained}: no block of that name is frozen, only ${defaultMeta.frozen.join(", ")}.`,
      "Leave it out: every other block is trained anyway.",
    );
  return {
    task: resolveTaskSpec({
      name: absoluteModule(f.task),
      subset: f.subset,
      labelNoise: f.labelNoise,
      imbalance: f.imbalance,
      confusion: f.confusion,
      conditions: f.conditions?.map(parseCondition),
      augment: f.augment === undefined ? undefined : parseAugmentation(f.augment),
      devExamples: f.devExamples,
      validationExamples: f.validationExamples,
      testExamples: f.testExamples,
    }),
    ...(f.also && { also: f.also.map(parseTask) }),
    student: { name: absoluteModule(f.student), options: f.hidden === undefined ? {} : { hidden: f.hidden } },
    teacher: {
      family: absoluteModule(f.family),
      architecture: architectureOf(f),
      featureSet: f.features,
      measurement: {
        everySteps: f.measureEvery,
        devExamples: f.features === "full" || f.features === "pooled" ? f.measureDev : 0,
        trainBatches: f.measureBatches,
      },
      start: starts[f.start]!,
    },
    recipe: { optimizer: optimizerOf(f), schedule: f.schedule, batchSize: f.batchSize, steps: f.steps },
    metric: f.metric,
    meta: {
      steps: f.metaSteps,
      students: f.students,
      optimizer: f.metaOptimizer,
      learningRate: f.metaRate,
      elementRate: f.elementRate,
      schedule: f.metaSchedule,
      clip: f.clip,
      clipFactor: f.clipFactor,
      trustRegion: f.trustRegion,
      // A block of one's own that is called U is nobody's smoothing.
      frozen: isModulePath(f.family) ? [] : defaultMeta.frozen.filter((block) => !f.train.includes(block)),
      averaging: f.averaging,
      validateEvery: f.validateEvery,
      validationStudents: f.validationStudents,
      edge: f.edge,
      setback: f.setback,
      explosion: f.explosion ?? null,
    },
    estimator: f.estimator,
    backend,
    seed: f.seed,
  };
}

function architectureOf({ architecture: kind, keys, memoryUnits }: TrainFlags) {
  if (kind === "gate") return { kind };
  return kind === "memory" ? { kind, keys, units: memoryUnits } : { kind, keys };
}
