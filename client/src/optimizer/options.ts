import type { OptimizerSpec } from "@lectern/shared/schema";

type Defaulted = "weightDecay" | "beta1" | "beta2" | "epsilon" | "decay" | "rho" | "initialAccumulatorValue";

type WithDefaults<Spec, Optional extends string> = Omit<Spec, Optional & keyof Spec> &
  Partial<Pick<Spec, Optional & keyof Spec>>;
type OptionsOf<Spec> = Spec extends OptimizerSpec
  ? WithDefaults<Spec, Spec["kind"] extends `${string}rmsprop` ? Defaulted | "momentum" : Defaulted>
  : never;

/**
 * An optimizer by its numbers; what is left out is as in the manifest's format (no decay, tf.train's usual constants).
 * Others than sgd, momentum and adam need `registerOptimizers()` of @lectern/client/optimizers first.
 */
export type OptimizerOptions = OptionsOf<OptimizerSpec>;
