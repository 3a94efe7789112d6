import { sha256Hex } from "@lectern/shared/artifact";
import { demand } from "@lectern/shared/errors";
import type { Manifest } from "@lectern/shared/schema";
import { tf } from "@lectern/shared/tensorflow";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Data } from "../student/examples.ts";
import type { LessonRecord } from "./save-format.ts";

export const teacherPin = ({ name, version, weights }: Manifest): LessonRecord["teacher"] => ({
  name,
  version,
  weights: weights.sha256,
});

/**
 * Digest of a student's layers and shapes. What TensorFlow.js numbers anew in each process (names) or a saved lesson
 * overwrites (initializers) is left out.
 */
export async function studentPin(model: LayersModel): Promise<string> {
  const names: string[] = [];
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (typeof value !== "object" || value === null) {
      const known = names.indexOf(value as string);
      return known < 0 ? value : `#${known}`;
    }
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => !/initializer$/i.test(key))
        .map(([key, item]) => [key, strip(item)]),
    );
  };
  const collect = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { name } = value as { name?: unknown };
    if (typeof name === "string" && !names.includes(name)) names.push(name);
    Object.values(value).forEach(collect);
  };
  const config = model.getConfig();
  collect(config);
  names.push(model.name);
  const shapes = model.weights.map(({ shape, dtype, trainable }) => ({ shape, dtype, trainable }));
  return digest(JSON.stringify([model.getClassName(), strip(config), shapes]));
}

/** How many examples of each split are looked at: enough to notice other data, few enough to cost nothing. */
const looked = 16;

/** Digest of some examples of the data, their number and shape. */
export async function dataPin(...splits: (Data | undefined)[]): Promise<string> {
  const seen = await Promise.all(
    splits.map(
      async (data) => data && [await glimpse(data.x), await glimpse(data.y), await glimpse(data.weights)],
    ),
  );
  return digest(JSON.stringify(seen));
}

async function glimpse(values: tf.Tensor | tf.TensorLike | undefined | readonly string[]): Promise<unknown> {
  if (values instanceof tf.Tensor) {
    if (values.isDisposed || values.rank === 0) return values.shape;
    const [count, ...shape] = values.shape as [number, ...number[]];
    const rows = tf.tidy(() => tf.gather(values, tf.tensor1d(spread(count), "int32")));
    const found = await rows.data();
    rows.dispose();
    return [count, shape, Array.from(found as Float32Array, Math.fround)];
  }
  if (ArrayBuffer.isView(values) || Array.isArray(values)) {
    const list = values as readonly unknown[];
    const rows = spread(list.length).map((i) => list[i]);
    const flat = (rows as unknown[][]).flat(Infinity) as unknown[];
    return [
      list.length,
      shapeOf(list).slice(1),
      flat.map((v) => (typeof v === "number" ? Math.fround(v) : v)),
    ];
  }
  return values;
}

const shapeOf = (value: unknown): number[] =>
  Array.isArray(value) || ArrayBuffer.isView(value)
    ? [(value as readonly unknown[]).length, ...shapeOf((value as readonly unknown[])[0])]
    : [];

const spread = (count: number): number[] =>
  Array.from({ length: Math.min(count, looked) }, (_, i) =>
    Math.floor((i * count) / Math.min(count, looked)),
  );

const digest = (text: string): Promise<string> => sha256Hex(new TextEncoder().encode(text));

/** What a lesson that is about to go on is, to be compared with what was saved. */
export type Identity = Pick<LessonRecord, "teacher" | "student" | "recipe" | "batches">;

/**
 * @throws LecternError `invalid-argument` that names what isn't as it was saved
 */
export function expectSame(saved: LessonRecord, now: Identity): void {
  const same = (a: unknown, b: unknown, problem: string, remedy: string) =>
    demand(JSON.stringify(a) === JSON.stringify(b), "invalid-argument", problem, remedy);
  const { name, version, weights } = saved.teacher;
  const given = `${now.teacher.name}@${now.teacher.version}`;
  same(
    `${name}@${version}`,
    given,
    `The lesson was saved under the teacher ${name}@${version}, and this is ${given}`,
    `Load ${name}@${version}, or begin a lesson anew.`,
  );
  same(
    weights,
    now.teacher.weights,
    `The lesson was saved under another ${given}: its weights' digest is ${weights.slice(0, 12)}…`,
    "Load the teacher from where it was had then, or begin a lesson anew.",
  );
  same(
    saved.student,
    now.student,
    "The lesson was saved with another student: its layers or their shapes differ",
    "Build the model as it was, or begin a lesson anew.",
  );
  for (const [what, value] of Object.entries(now.recipe) as [keyof LessonRecord["recipe"], unknown][])
    same(
      saved.recipe[what],
      value,
      `The lesson was saved with ${what} ${show(saved.recipe[what])}, and now it is ${show(value)}`,
      `Pass the ${what} that it had.`,
    );
  demand(
    Boolean(saved.batches) === Boolean(now.batches),
    "invalid-argument",
    saved.batches
      ? "The lesson was saved by teachWithSaves, which makes its batches"
      : "The lesson was saved by a loop that makes its own batches",
    saved.batches ? "Go on with teachWithSaves." : "Go on with openLesson.",
  );
  for (const what of ["seed", "shuffle", "data"] as const)
    same(
      saved.batches?.[what],
      now.batches?.[what],
      what === "data"
        ? "The lesson was saved with other data: the same batches can't be had"
        : `The lesson was saved with ${what} ${saved.batches?.[what]}, and now it is ${now.batches?.[what]}`,
      what === "data" ? "Pass the same train and dev, in the same form." : `Pass the ${what} that it had.`,
    );
}

const show = (value: unknown): string => (typeof value === "object" ? JSON.stringify(value) : String(value));
