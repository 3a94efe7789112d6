import { z } from "zod";

const rate = z.number().positive();
const decay = z.number().min(0);
const fraction = z.number().min(0).lt(1);

const epsilon = z.number().positive().default(1e-7);
const base = { learningRate: rate, weightDecay: decay.default(0) };
const moments = { beta1: fraction.default(0.9), beta2: fraction.default(0.999), epsilon };
const rootMeanSquare = { decay: fraction.default(0.9), momentum: fraction.default(0), epsilon };

/**
 * A student's optimizer, with the same meaning in meta-training and on the device: those of tf.train, with its defaults
 * and L2 beside. Clients teach with sgd, momentum and adam; with the others after `registerOptimizers()` of
 * @lectern/client/optimizers. Fields are numbers only, so that a small client can check them: `nesterov` is momentum
 * with useNesterov, `centered-rmsprop` rmsprop with centered.
 */
export const optimizer = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sgd"), ...base }),
  z.strictObject({ kind: z.literal("momentum"), ...base, momentum: fraction }),
  z.strictObject({ kind: z.literal("adam"), ...base, ...moments }),
  z.strictObject({ kind: z.literal("nesterov"), ...base, momentum: fraction }),
  z.strictObject({ kind: z.literal("rmsprop"), ...base, ...rootMeanSquare }),
  z.strictObject({ kind: z.literal("centered-rmsprop"), ...base, ...rootMeanSquare }),
  z.strictObject({ kind: z.literal("adagrad"), ...base, initialAccumulatorValue: decay.default(0.1) }),
  z.strictObject({ kind: z.literal("adadelta"), ...base, rho: fraction.default(0.95), epsilon }),
  z.strictObject({ kind: z.literal("adamax"), ...base, ...moments, decay: decay.default(0) }),
]);

/**
 * Learning-rate schedule over the lesson: `cosine` multiplies by (1 + cos(πt/T))/2; `step` by 0.1 from ½ T and again from
 * ¾ T on (He et al. 2016, Huang et al. 2017); `wide-step` by 0.2 from 0.3 T, 0.6 T and 0.8 T on (Zagoruyko & Komodakis
 * 2016). Clients have the last two after `registerOptimizers()` of @lectern/client/optimizers.
 */
export const schedule = z.enum(["constant", "cosine", "step", "wide-step"]);

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
