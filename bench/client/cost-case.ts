import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { benchTeacher, measurement } from "./bench-teacher.ts";
import { median, processorMs, ratioOf, type Pair, type Ratio } from "./pairs.ts";
import { buildStudent, classes, drawData, type StudentName } from "./students.ts";

export interface CostOptions {
  readonly student: StudentName;
  readonly batchSize: number;
  readonly steps: number;
  readonly devExamples: number;
  /** Waits for the device after each step, so that its time is in the step's. */
  readonly asynchronous: boolean;
}

export interface Cost {
  /** Milliseconds of a step with TensorFlow.js' own cross-entropy, median. */
  readonly plainMs: number;
  /** A taught step between two windows of training statistics. */
  readonly quiet: Ratio;
  /** One whose logits go into the statistics. */
  readonly watched: Ratio;
  /** All steps, weighted as they come, measurements of the student apart. The bar is 1.03. */
  readonly step: number;
  /** What a measurement adds to the step that it comes before, in milliseconds, median; and how many there were. */
  readonly measurementMs: number;
  readonly measurements: number;
  /** Of a lesson's time, when a measurement comes every so many steps. */
  readonly measurementShare: number;
}

/** Steps that aren't counted: TensorFlow.js and the JavaScript engine are still getting ready. */
const warmUp = 2 * measurement.everySteps;

interface Sample extends Pair {
  readonly step: number;
}

/** `teacher.teach` beside the loop that one would write without a teacher, a step of each in turn. */
export async function measureTeach(options: CostOptions): Promise<Cost> {
  const [taught, plain] = [buildStudent(options.student), buildStudent(options.student)];
  const [train, dev] = [
    drawData(options.student, 16 * options.batchSize, 1),
    drawData(options.student, options.devExamples, 2),
  ];
  const optimizer = tf.train.sgd(0.02);
  const samples: Sample[] = [];
  let since = process.cpuUsage();
  await benchTeacher().teach(taught, {
    train,
    dev,
    batchSize: options.batchSize,
    steps: options.steps,
    shuffle: false,
    async onStep({ step, readLoss }) {
      if (options.asynchronous) await readLoss();
      const taughtMs = processorMs(since);
      since = process.cpuUsage();
      await takePlainStep(plain, optimizer, batchOf(train, step, options.batchSize), options.asynchronous);
      samples.push({ step, taught: taughtMs, plain: processorMs(since) });
      since = process.cpuUsage();
    },
  });
  optimizer.dispose();
  tf.dispose([train, dev]);
  for (const model of [taught, plain]) model.dispose();
  return summarise(samples);
}

/** A loop of one's own with `lesson.loss` beside the same loop with the built-in loss. Who is first alternates. */
export async function measureLoop(options: CostOptions): Promise<Cost> {
  const { student, batchSize, steps, asynchronous } = options;
  const [taught, plain] = [buildStudent(student), buildStudent(student)];
  const [train, dev] = [drawData(student, 16 * batchSize, 1), drawData(student, options.devExamples, 2)];
  const [forTaught, forPlain] = [tf.train.sgd(0.02), tf.train.sgd(0.02)];
  const lesson = benchTeacher().lesson(taught, { dev, steps, optimizer: forTaught });
  const samples: Sample[] = [];
  for (let step = 0; step < steps; step++) {
    const times = { taught: 0, plain: 0 };
    for (const who of step % 2 ? (["taught", "plain"] as const) : (["plain", "taught"] as const)) {
      const since = process.cpuUsage();
      if (who === "taught") {
        await lesson.next();
        const batch = batchOf(train, step, batchSize);
        const cost = forTaught.minimize(() => lesson.loss(batch.y, logitsOf(taught, batch.x)), asynchronous);
        await settle(cost);
        tf.dispose(batch);
      } else await takePlainStep(plain, forPlain, batchOf(train, step, batchSize), asynchronous);
      times[who] = processorMs(since);
    }
    samples.push({ step, ...times });
  }
  lesson.dispose();
  tf.dispose([train, dev]);
  for (const owner of [forTaught, forPlain, taught, plain]) owner.dispose();
  return summarise(samples);
}

type Batch = { readonly x: tf.Tensor; readonly y: tf.Tensor1D };

/** As a loop of one's own has it: rows gathered by their numbers. */
function batchOf({ x, y }: Batch, step: number, size: number): Batch {
  return tf.tidy(() => {
    const first = (step * size) % (x.shape[0]! - size + 1);
    const rows = tf.tensor1d(
      Int32Array.from({ length: size }, (_, i) => first + i),
      "int32",
    );
    return { x: tf.gather(x, rows), y: tf.gather(y, rows) };
  });
}

const logitsOf = (model: LayersModel, x: tf.Tensor): tf.Tensor2D =>
  model.apply(x, { training: true }) as tf.Tensor2D;

async function takePlainStep(
  model: LayersModel,
  optimizer: tf.Optimizer,
  batch: Batch,
  asynchronous: boolean,
): Promise<void> {
  const cost = optimizer.minimize(
    () => tf.losses.softmaxCrossEntropy(tf.oneHot(batch.y, classes), logitsOf(model, batch.x)),
    asynchronous,
  );
  await settle(cost);
  tf.dispose(batch);
}

async function settle(cost: tf.Scalar | null): Promise<void> {
  await cost?.data();
  cost?.dispose();
}

function summarise(samples: readonly Sample[]): Cost {
  const { everySteps, trainBatches } = measurement;
  const counted = samples.filter(({ step }) => step >= Math.min(warmUp, samples.length / 4));
  const measured = counted.filter(({ step }) => step % everySteps === 0);
  const watched = counted.filter(({ step }) => step % everySteps >= everySteps - trainBatches);
  const quiet = counted.filter((sample) => !measured.includes(sample) && !watched.includes(sample));
  const plainMs = median(counted.map(({ plain }) => plain));
  const ratios = { quiet: ratioOf(quiet), watched: ratioOf(watched) };
  const share = trainBatches / everySteps;
  const step = (1 - share) * ratios.quiet.ratio + share * ratios.watched.ratio;
  const measurementMs = median(measured.map(({ taught, plain }) => taught - plain * ratios.quiet.ratio));
  return {
    plainMs,
    ...ratios,
    step,
    measurementMs,
    measurements: measured.length,
    measurementShare: measurementMs / (measurementMs + everySteps * plainMs * step),
  };
}
