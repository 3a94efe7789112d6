import type { Row } from "./processes.ts";

/** What was run beside what: `ours` students on as many cores, `theirs` with as many. */
export interface Comparison {
  readonly setting: string;
  readonly blas: string;
  readonly ours: Row;
  /** Of several processes the medians are averaged. */
  readonly theirs: Row;
}

export interface Results {
  readonly machine: string;
  readonly processor: string;
  readonly date: string;
  readonly node: string;
  readonly torch: string;
  readonly comparisons: readonly Comparison[];
}

/** Ours over PyTorch's exact double backward that one core is to reach. */
export const bars: Readonly<Record<string, number>> = { mlp: 1.6, lenet: 1, resnet8: 0.5 };

const ms = (value: number | undefined): string =>
  value === undefined ? "" : value >= 100 ? value.toFixed(0) : value.toPrecision(3);

/** The comparison as Markdown, one table a setting: docs/performance.md holds it. */
export function renderTables({ machine, processor, date, node, torch, comparisons }: Results): string {
  const settings = [...new Set(comparisons.map(({ setting }) => setting))];
  const tables = settings.map((setting) => {
    const rows = comparisons.filter((each) => each.setting === setting);
    return [
      `**${setting}**`,
      "",
      "| case | BLAS of PyTorch | ours: step | reverse | hyper | PyTorch: step | reverse | hyper | hyper, central differences | ours / PyTorch | by CPU time | to reach |",
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
      ...rows
        .map(({ blas, ours, theirs }) =>
          [
            "",
            ours.case,
            blas,
            ...[ours.step, ours.reverse, ours.hyper, theirs.step, theirs.reverse, theirs.hyper].map(ms),
            ms(theirs.hyper_central),
            `**${(ours.hyper / theirs.hyper).toFixed(2)}**`,
            // Several threads share one process's clock there.
            ours.threads === 1 && theirs.threads === 1 ? (ours.cpu.hyper / theirs.cpu.hyper).toFixed(2) : "",
            String(bars[ours.case] ?? ""),
            "",
          ].join(" | "),
        )
        .map((row) => row.trim()),
    ].join("\n");
  });
  const errors = comparisons
    .filter(({ ours }, i) => comparisons.findIndex((each) => each.ours.case === ours.case) === i)
    .map(
      ({ ours }) =>
        `${ours.case} ${ours.error?.dWeights.toExponential(1)} (dω), ${ours.error?.dTheta.toExponential(1)} (dθ)`,
    );
  return [
    `${date}, ${machine}: ${processor}, Node ${node}, PyTorch ${torch}. Medians in milliseconds, float32.`,
    "",
    tables.join("\n\n"),
    "",
    `Relative error of our \`reverse\` against PyTorch's in float64 on the same inputs: ${errors.join("; ")}.`,
    "",
  ].join("\n");
}
