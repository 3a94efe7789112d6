import {
  conform,
  parseSafetensors,
  serializeSafetensors,
  sha256Hex,
  type WeightTensors,
} from "@lectern/shared/artifact";
import { demand, isLecternError, LecternError } from "@lectern/shared/errors";
import type { Recipe } from "@lectern/shared/schema";
import type { Emission } from "../lesson/observer.ts";
import type { Warning } from "../teacher/warnings.ts";
import { readEmissions, writeEmissions } from "./emissions-json.ts";

/** What a save says beside its tensors. */
export interface LessonRecord {
  readonly teacher: { readonly name: string; readonly version: string; readonly weights: string };
  /** Digest of the student's layers, their names and initial values apart. */
  readonly student: string;
  /** On which its steps were computed: on another, the same lesson goes on with other roundings. */
  readonly backend: string;
  readonly status: "running" | "completed";
  /** Steps that were taken. */
  readonly step: number;
  readonly recipe: Pick<Recipe, "steps" | "schedule"> & Partial<Recipe>;
  /** The caller's tf.Optimizer; null where the recipe's own rule took the steps. */
  readonly optimizer: OptimizerRecord | null;
  /** What fixes the batches of `teachWithSaves`; null where somebody else made them. */
  readonly batches: { readonly seed: number; readonly shuffle: boolean; readonly data: string } | null;
  /** Epochs that model.fit completed; null in other ways. */
  readonly epochs: number | null;
  /** The steps whose weights are kept in case the student diverges. */
  readonly kept: { readonly best: number | null; readonly judged: number | null };
  readonly emissions: readonly Emission[];
  readonly warnings: readonly Warning[];
  /** The caller's own, as JSON carries it. */
  readonly extra: unknown;
}

export interface OptimizerRecord {
  readonly kind: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly iterations: number;
}

export interface LessonSave {
  readonly record: LessonRecord;
  readonly tensors: WeightTensors;
}

const format = "lectern-lesson";
const formatVersion = 1;
const unset = "0".repeat(64);
/** Hundreds of measurements of a teacher of many classes. */
const maxHeaderBytes = 256e6;
const remedy = "Go on from another save, or begin the lesson anew.";

/** One safetensors file, whose metadata holds the record and the digest of the whole file with that digest as zeros. */
export async function writeSave({ record, tensors }: LessonSave): Promise<Uint8Array> {
  const lesson = JSON.stringify({ ...record, emissions: writeEmissions(record.emissions) });
  const bytes = serializeSafetensors(tensors, {
    format,
    formatVersion: String(formatVersion),
    lesson,
    sha256: unset,
  });
  bytes.set(new TextEncoder().encode(await sha256Hex(bytes)), placeOf(unset, bytes));
  return bytes;
}

/**
 * A save's record and tensors, after a check of every byte.
 *
 * @throws LecternError `invalid-data`: not a save of a lesson, or a truncated one; `unsupported`: one of a later format;
 *   `integrity`: a damaged one
 * @example
 * ```ts
 * const { record } = await readSave(await readFile("digits.lesson"));
 * console.log(record.teacher.name, record.step);
 * ```
 */
export async function readSave(bytes: Uint8Array): Promise<LessonSave> {
  const { tensors, metadata } = parse(bytes);
  demand(metadata["format"] === format, "invalid-data", "The file isn't a saved lesson", remedy);
  demand(
    metadata["formatVersion"] === String(formatVersion),
    "unsupported",
    `The saved lesson has the format version ${metadata["formatVersion"]?.slice(0, 20)}, expected ${formatVersion}`,
  );
  const digest = metadata["sha256"] ?? "";
  const zeroed = new Uint8Array(bytes);
  if (digest.length === unset.length) zeroed.set(new TextEncoder().encode(unset), placeOf(digest, zeroed));
  demand((await sha256Hex(zeroed)) === digest, "integrity", "The saved lesson is damaged", remedy);
  const record = parseJson(metadata["lesson"]);
  conform(record, sample, "lesson", "invalid-data");
  const { emissions, ...rest } = record as LessonRecord & { emissions: unknown };
  for (const [name, { dtype }] of Object.entries(tensors))
    demand(
      dtype === "F32",
      "invalid-data",
      `The saved lesson's tensor ${name} is ${dtype}, expected F32`,
      remedy,
    );
  return { record: { ...rest, emissions: readEmissions(emissions) }, tensors: tensors as WeightTensors };
}

/** The fields without which nothing here works; the digest vouches for the rest. */
const sample = {
  teacher: { name: "[^]*", version: "[^]*", weights: "[^]*" },
  student: "[^]*",
  backend: "[^]*",
  status: "running|completed",
  step: 0,
  recipe: { steps: 1, schedule: "[^]*" },
  kept: {},
  emissions: [{ step: 0, state: {}, phi: {} }],
  warnings: [{ kind: "[^]*", message: "[^]*" }],
} as const;

function parse(bytes: Uint8Array): ReturnType<typeof parseSafetensors> {
  try {
    return parseSafetensors(bytes, { maxHeaderBytes });
  } catch (cause) {
    if (!isLecternError(cause)) throw cause;
    const why = cause.message
      .slice(0, cause.message.indexOf(cause.remedy))
      .replace(", in the weights file", "");
    throw new LecternError(
      "invalid-data",
      `The saved lesson is truncated, or none: ${why.trimEnd()}`,
      remedy,
      {
        cause,
      },
    );
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch (cause) {
    throw new LecternError("invalid-data", "The saved lesson's record isn't JSON.", remedy, { cause });
  }
}

/** Where a digest stands in the header: within the record, quotes are escaped, so that there is one such place. */
function placeOf(digest: string, bytes: Uint8Array): number {
  const header = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const mark = `"sha256":"`;
  // One character a byte.
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, header));
  return text.indexOf(`${mark}${digest}"`) + mark.length;
}
