import type { LossSource } from "./contender.ts";
import type { EvaluationJobResult, RecordedEmission } from "./job.ts";
import type { TeacherTrace } from "./result.ts";

/** φ itself is kept at this many emissions of the first lesson. */
const snapshots = 4;
/** Enough for a plot, and a fraction of the file. */
const rounded = (x: number): number => Number(x.toPrecision(6));

/** What the report shows of a teacher's lessons. Null for fixed losses, or if nothing was recorded. */
export function traceOf(
  source: LossSource,
  lessons: readonly { readonly seed: number; readonly result: EvaluationJobResult }[],
): TeacherTrace | null {
  const recorded = lessons
    .map(({ seed, result }) => ({ seed, emissions: result.emissions.filter(isWhole) }))
    .filter(({ emissions }) => emissions.length > 0);
  if (source.kind !== "teacher" || recorded.length === 0) return null;
  const first = recorded[0]!.emissions;
  const shown = new Set(
    Array.from({ length: snapshots }, (_, i) => Math.round(((first.length - 1) * i) / (snapshots - 1))),
  );
  return {
    family: source.network.spec.family,
    lessons: recorded.map(({ seed, emissions }) => ({
      seed,
      steps: emissions.map(({ step }) => step),
      series: seriesOf(emissions, source.network.spec.family),
    })),
    snapshots: first
      .filter((_, i) => shown.has(i))
      .map(({ step, phi }) => ({
        step,
        phi: Object.fromEntries(
          Object.entries(phi).map(([name, { shape, data }]) => [
            name,
            { shape: [...shape], data: data.map(rounded) },
          ]),
        ),
      })),
  };
}

/** A diverging student's emissions have no numbers to draw: JSON made null of NaN. */
const isWhole = ({ state, phi }: RecordedEmission): boolean =>
  Number.isFinite(state.train.crossEntropy) &&
  Object.values(phi).every(({ data }) => data.every((v) => Number.isFinite(v)));

/** Scalars of φ that are exponentials of what the keys hold: shown as their logarithms. */
const gains: Readonly<Record<string, readonly string[]>> = {
  mixed: ["a", "g"],
  gain: ["a"],
  invariant: ["a", "g"],
};

/** φ and the state as numbers over emissions, by name: what a plot shows of them. */
export function seriesOf(emissions: readonly RecordedEmission[], family: string): Record<string, number[]> {
  const rows = emissions.map((emission) => numbersOf(emission, gains[family] ?? []));
  return Object.fromEntries(
    Object.keys(rows[0]!).map((name) => [name, rows.map((row) => rounded(row[name] ?? 0))]),
  );
}

/** By shape, so that any family is covered: a scalar itself, a vector's spread, a matrix's diagonal and the rest. */
function numbersOf(
  { phi, state, attentionEntropy }: RecordedEmission,
  gains: readonly string[],
): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const [name, { shape, data }] of Object.entries(phi)) {
    const size = shape[0] ?? 1;
    if (data.length === 1 && gains.includes(name)) numbers[`log ${name}`] = Math.log(data[0]!);
    else if (data.length === 1) numbers[name] = data[0]!;
    else if (shape.length === 2 && shape[1] === size) {
      const trace = data.reduce((sum, v, i) => (i % (size + 1) === 0 ? sum + v : sum), 0);
      const all = data.reduce((sum, v) => sum + v, 0);
      numbers[`${name}: mean of diagonal`] = trace / size;
      numbers[`${name}: mean off diagonal`] = (all - trace) / (size * (size - 1));
    } else {
      const centre = data.reduce((sum, v) => sum + v, 0) / data.length;
      numbers[`${name}: mean`] = centre;
      numbers[`${name}: spread`] = Math.sqrt(
        data.reduce((sum, v) => sum + (v - centre) ** 2, 0) / data.length,
      );
    }
  }
  if (attentionEntropy !== undefined) numbers["attention entropy"] = attentionEntropy;
  numbers["training accuracy (as labelled)"] = state.train.accuracy;
  if (state.dev) numbers["dev accuracy"] = state.dev.accuracy;
  return numbers;
}
