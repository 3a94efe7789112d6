import { z } from "zod";

const rate = z.number().positive();
const decay = z.number().min(0);
const fraction = z.number().min(0).lt(1);

/** A student's optimizer, with the same meaning in meta-training and on the device. */
export const optimizer = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sgd"), learningRate: rate, weightDecay: decay.default(0) }),
  z.strictObject({
    kind: z.literal("momentum"),
    learningRate: rate,
    momentum: fraction,
    weightDecay: decay.default(0),
  }),
  z.strictObject({
    kind: z.literal("adam"),
    learningRate: rate,
    beta1: fraction.default(0.9),
    beta2: fraction.default(0.999),
    epsilon: z.number().positive().default(1e-7),
    weightDecay: decay.default(0),
  }),
]);

/** Learning-rate schedule over the lesson: `cosine` multiplies by (1 + cos(πt/T))/2. */
export const schedule = z.enum(["constant", "cosine"]);

/** The training that a teacher was meta-trained for. Outside it, the client warns. */
export const recipe = z.strictObject({
  optimizer,
  schedule,
  /** Examples a step. */
  batchSize: z.int().min(1),
  /** T, the horizon: student steps in a lesson. */
  steps: z.int().min(1),
});

export type OptimizerSpec = z.infer<typeof optimizer>;
export type Schedule = z.infer<typeof schedule>;
export type Recipe = z.infer<typeof recipe>;
