/** Something that a caller should know and that stops nothing. */
export interface Warning {
  /**
   * `recipe`: the training isn't the one that the teacher was made for. `dev-data`: dev examples are fewer than it was
   * made for. `horizon`: more or fewer steps than the lesson's T.
   */
  readonly kind: "recipe" | "dev-data" | "horizon";
  readonly message: string;
}

type Shown = string | number | undefined;

export interface Warnings {
  readonly list: readonly Warning[];
  /** Warns if what a lesson has isn't what its teacher was meta-trained for. */
  compare(kind: Warning["kind"], what: string, used: Shown, expected: Shown): void;
}

/** Collects warnings in order, and passes them on. */
export function collectWarnings(options: { onWarning?(warning: Warning): void }): Warnings {
  const list: Warning[] = [];
  return {
    list,
    compare(kind, what, used, expected) {
      if (used === expected) return;
      const warning = { kind, message: `${what} is ${used}, expected ${expected}.` };
      list.push(warning);
      options.onWarning?.(warning);
    },
  };
}
