import type { Coefficients, PlainTensor } from "@lectern/shared/teacher";
import type { ErrorCode } from "@lectern/shared/errors";
import type { Manifest } from "@lectern/shared/schema";
import type { BackendName } from "./backend-offers.ts";
import type { Choice } from "./choice.ts";
import type { Side } from "./contest.ts";
import type { OwnData } from "./own/own-data.ts";
import type { Pair } from "./verdict.ts";

/** What the page tells the worker in which the students train. */
export type Order =
  | {
      readonly kind: "start";
      readonly api: string;
      readonly choice: Choice;
      /** For a choice whose task is `own`. */
      readonly own?: OwnData | undefined;
      /** Pairs that are done already: the lesson goes on behind them. */
      readonly done: number;
    }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  | { readonly kind: "stop" };

/** A `tf.LayersModel` in TensorFlow.js' own format: model.json, and the weights that it names. */
export interface SavedStudent {
  readonly weightsName: string;
  readonly json: string;
  readonly weights: ArrayBuffer;
}

/** What the worker tells the page. */
export type News =
  | { readonly kind: "status"; readonly text: string }
  /** The lesson is about to begin: `pairs` pairs of students, `steps` steps each. */
  | {
      readonly kind: "begins";
      readonly manifest: Manifest;
      readonly pairs: number;
      readonly steps: number;
      readonly backend: BackendName;
      /** What backends before it said when they didn't start. */
      readonly passedOver: readonly string[];
    }
  | { readonly kind: "pair"; readonly index: number }
  | { readonly kind: "validation"; readonly side: Side; readonly step: number; readonly error: number }
  | { readonly kind: "emission"; readonly step: number; readonly phi: Coefficients<PlainTensor> }
  /** Steps of both students, in all pairs so far. */
  | { readonly kind: "progress"; readonly steps: number }
  | { readonly kind: "pair-done"; readonly pair: Pair }
  /** The last pair's students. */
  | { readonly kind: "done"; readonly students: Readonly<Record<Side, SavedStudent>> }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly code: ErrorCode | undefined; readonly message: string };
