import type { OptimizerSpec } from "@lectern/shared/schema";

type WithDefaults<Spec, Optional extends keyof Spec> = Omit<Spec, Optional> & Partial<Pick<Spec, Optional>>;
type Of<Kind extends OptimizerSpec["kind"]> = Extract<OptimizerSpec, { kind: Kind }>;

/** An optimizer by its numbers; what is left out is as in the manifest's format (no decay, Adam's usual constants). */
export type OptimizerOptions =
  | WithDefaults<Of<"sgd">, "weightDecay">
  | WithDefaults<Of<"momentum">, "weightDecay">
  | WithDefaults<Of<"adam">, "beta1" | "beta2" | "epsilon" | "weightDecay">;
