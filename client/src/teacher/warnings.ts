/** Something that a caller should know and that stops nothing. */
export interface Warning {
  /**
   * `recipe`: the training isn't the one that the teacher was made for. `dev-data`: dev examples are fewer than it was
   * made for, or were taken from the training data. `horizon`: more or fewer steps than the lesson's T.
   * `fallback`: the teacher couldn't teach, and a fixed loss did.
   */
  readonly kind: "recipe" | "dev-data" | "horizon" | "fallback";
  readonly message: string;
}

export interface Warnings {
  readonly list: readonly Warning[];
  add(kind: Warning["kind"], message: string): void;
}

/** Collects warnings in order, each once, and passes them on. */
export function collectWarnings(onWarning?: (warning: Warning) => void): Warnings {
  const list: Warning[] = [];
  return {
    list,
    add(kind, message) {
      if (list.some((known) => known.message === message)) return;
      const warning = { kind, message };
      list.push(warning);
      onWarning?.(warning);
    },
  };
}
