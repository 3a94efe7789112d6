import type { Executor } from "../jobs/index.ts";
import type { AnySpec } from "../recurrent/index.ts";
import { deriveSeed } from "../task/index.ts";
import type { TrainConfig } from "./config.ts";
import { expectFiniteTheta } from "./finite-theta.ts";
import type { TrainJob, TrainJobResult } from "./job.ts";
import { startMeta, type ThetaValues } from "./meta-optimizer.ts";
import { studentSeed, takeMetaStep, type MetaStepMetrics } from "./meta-step.ts";
import { meanOf } from "./metrics.ts";
import { probeMetasmoothness, type Probe, type ProbeOptions } from "./probe.ts";
import type { Checkpoint, RunFolder, Validated } from "./run-folder.ts";

export interface TrainEvents {
  onMetaStep?(metrics: MetaStepMetrics, done: { metaSteps: number; of: number }): void;
  onValidated?(validated: Validated, best: boolean): void;
  /** What the probe at the run's start found. */
  onProbe?(probe: Probe): void;
  /** Why a student was lost, where `diagnose` asked for it. */
  onDiagnosed?(words: string): void;
  /** As each student of a meta-step ends. */
  onStudent?(done: number, of: number): void;
}

/** What a run starts from. */
export interface InitialTeacher {
  readonly spec: AnySpec;
  readonly theta: ThetaValues;
}

export interface TrainOptions extends TrainEvents {
  /** Whether the first lost students are taught once more with every operation watched. It changes no bit of the run. */
  readonly diagnose?: boolean | undefined;
  /** How to look at the start's metasmoothness before the first meta-step; left out: not at all. */
  readonly probe?: ProbeOptions | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Meta-training: at each meta-step fresh students learn fresh local data under θ, their hypergradients are clipped and
 * averaged in a fixed order, and θ moves (L2T-DLF, NeurIPS 2018, algorithm 2), no further than the trust region lets
 * it. Ends early, resumably, on `signal`.
 */
export async function runMetaTraining(
  config: TrainConfig,
  initial: InitialTeacher,
  { folder, checkpoint }: { folder: RunFolder; checkpoint: Checkpoint | undefined },
  executor: Executor<TrainJob, TrainJobResult>,
  options: TrainOptions = {},
): Promise<Checkpoint> {
  const { meta } = config;
  let state = checkpoint ?? (await begin(config, initial.theta, folder, executor, options));
  let diagnoses = options.diagnose ? mostDiagnoses : 0;
  while (state.metaStep < meta.steps && !options.signal?.aborted) {
    const { next, line } = await takeMetaStep(config, initial.spec, state, executor, options.onStudent);
    const lost = line.students.findIndex((status) => status !== "ok");
    if (lost >= 0 && diagnoses-- > 0)
      options.onDiagnosed?.(await diagnoseStudent(config, state, lost, executor));
    const due = next.metaStep % meta.validateEvery === 0 || next.metaStep === meta.steps;
    const { best, lines } = due
      ? await validate(config, next, executor, options)
      : { best: next.best, lines: [] };
    state = { ...next, best };
    await folder.append([line, ...lines], state);
    options.onMetaStep?.(line, { metaSteps: state.metaStep, of: meta.steps });
  }
  return state;
}

/** A run's lost students are mostly lost for one reason. */
const mostDiagnoses = 3;

async function diagnoseStudent(
  config: TrainConfig,
  { theta, metaStep }: Checkpoint,
  student: number,
  executor: Executor<TrainJob, TrainJobResult>,
): Promise<string> {
  const seed = studentSeed(config, metaStep, student);
  const turn = metaStep * config.meta.students + student;
  const [result] = await executor.run([{ kind: "diagnose", theta, seed, turn }]);
  return (result as Extract<TrainJobResult, { kind: "diagnose" }>).words;
}

/** The starting loss is a candidate too: meta-training may make nothing better. */
async function begin(
  config: TrainConfig,
  theta: ThetaValues,
  folder: RunFolder,
  executor: Executor<TrainJob, TrainJobResult>,
  options: TrainOptions,
): Promise<Checkpoint> {
  expectFiniteTheta(theta, "the run's starting point", "Correct the family's start.");
  const start: Checkpoint = {
    metaStep: 0,
    theta,
    average: theta,
    optimizer: startMeta(theta),
    best: null,
    skipped: 0,
    lengths: [],
    caution: 1,
    pastTheEdge: false,
    anchor: null,
  };
  const probe = options.probe && (await probeMetasmoothness(config, theta, executor, options.probe));
  if (probe) options.onProbe?.(probe);
  const { best, lines } = await validate(config, start, executor, options);
  const state = { ...start, best };
  await folder.append([...(probe ? [{ metaStep: 0, probe }] : []), ...lines], state);
  return state;
}

/** Puts θ, and θ̄ if it differs, before the same validation students, and keeps the best so far. */
async function validate(
  config: TrainConfig,
  state: Checkpoint,
  executor: Executor<TrainJob, TrainJobResult>,
  options: TrainOptions,
): Promise<{ best: Checkpoint["best"]; lines: Validated[] }> {
  const { meta } = config;
  const candidates: { candidate: Validated["candidate"]; theta: ThetaValues }[] = [
    { candidate: "theta", theta: state.theta },
  ];
  if (meta.averaging > 0 && state.metaStep > 0)
    candidates.push({ candidate: "average", theta: state.average });
  const jobs = candidates.flatMap(({ theta }) =>
    Array.from({ length: meta.validationStudents }, (_, i): TrainJob => {
      return { kind: "validate", theta, seed: deriveSeed(config.seed, "validation", i), turn: i };
    }),
  );
  const replies = (await executor.run(jobs)) as Extract<TrainJobResult, { kind: "validate" }>[];
  let { best } = state;
  const lines: Validated[] = [];
  for (const [k, { candidate, theta }] of candidates.entries()) {
    const own = replies.slice(k * meta.validationStudents, (k + 1) * meta.validationStudents);
    const validated: Validated = {
      metaStep: state.metaStep,
      candidate,
      error: meanOf(own.map((r) => r.error))!,
    };
    const better = best === null || validated.error < best.error;
    if (better) best = { ...validated, theta };
    lines.push(validated);
    options.onValidated?.(validated, better);
  }
  return { best, lines };
}
