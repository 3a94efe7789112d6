import type { ErrorCode } from "@lectern/shared/errors";
import type { SignedManifest } from "@lectern/shared/schema";
import type { BackendReason } from "../backends/index.ts";
import type { Emission } from "../lesson/observer.ts";
import type { LossyTeachResult } from "../resume/index.ts";
import type { Data } from "../student/examples.ts";
import type { TeachOptions } from "../teacher/teach.ts";
import type { Warning } from "../teacher/warnings.ts";

/** A tensor as threads hand it over: its numbers are the worker's then, and no copy is made. */
export interface PackedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** Data whose x, y and weights are arrays, or packed tensors. */
export interface PackedData {
  readonly x: PackedTensor | Data["x"];
  readonly y: PackedTensor | Data["y"];
  readonly weights?: PackedTensor | Data["weights"];
}

/** Where the worker has the teacher from: it checks digest and signature itself. */
export type TeacherSource =
  | { readonly url: string; readonly spec: string; readonly trustedKeys?: readonly string[] }
  | {
      readonly signed: SignedManifest;
      readonly weights: Uint8Array;
      readonly trustedKeys?: readonly string[];
    };

/** A tf.LayersModel in TensorFlow.js' own format. */
export interface PackedModel {
  readonly modelTopology: object;
  readonly weightSpecs: readonly object[];
  readonly weightData: ArrayBuffer;
}

/** What of `teach`'s options passes from thread to thread. */
export type PortableOptions = Pick<
  TeachOptions,
  "steps" | "batchSize" | "optimizer" | "schedule" | "seed" | "shuffle" | "outputs"
>;

export interface Start {
  readonly kind: "start";
  readonly teacher: TeacherSource;
  readonly model: PackedModel;
  readonly train: PackedData;
  readonly dev: PackedData | undefined;
  readonly options: PortableOptions;
  /** Keeps saves in IndexedDB under this name. */
  readonly save: { readonly name: string; readonly everySteps?: number | undefined } | undefined;
  /** Reads the loss back every so many steps; 0 for never. */
  readonly lossEverySteps: number;
}

/** What the page tells the worker. */
export type Order = Start | { readonly kind: "pause" | "resume" | "stop" };

/** What the worker tells the page. */
export type News =
  | { readonly kind: "backend"; readonly backend: string; readonly reasons: readonly BackendReason[] }
  | { readonly kind: "step"; readonly step: number; readonly steps: number; readonly loss?: number }
  | { readonly kind: "emission"; readonly emission: Emission }
  | { readonly kind: "warning"; readonly warning: Warning }
  | { readonly kind: "saved"; readonly step: number }
  | { readonly kind: "paused"; readonly step: number }
  | { readonly kind: "ended"; readonly result: LossyTeachResult; readonly weights: readonly PackedTensor[] }
  | {
      readonly kind: "failed";
      readonly code: ErrorCode | undefined;
      readonly problem: string;
      readonly remedy: string;
    };
