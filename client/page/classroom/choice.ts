import type { FixedLossName } from "@lectern/shared/teacher";
import type { BackendChoice, BackendName } from "./backend-offers.ts";
import type { GlyphTask } from "./glyph-data.ts";
import type { Matching } from "./own/fit-classes.ts";
import type { StudentName } from "./student-kinds.ts";

/** What the teacher's student is compared with. */
export interface Rival {
  readonly loss: FixedLossName;
  readonly parameter?: number;
  /** Undefined: the rate that the teacher was trained for. */
  readonly learningRate?: number;
}

/** Data of the user's own; they travel beside the choice. */
export interface OwnTask {
  readonly kind: "own";
  /** `any`: the teacher serves whatever classes there are. */
  readonly match: Matching | "any";
}

/** What the form asks for. */
export interface Choice {
  /** name@version */
  readonly teacher: string;
  readonly backend: BackendChoice;
  /** What `auto` tries, one after the other. */
  readonly candidates: readonly BackendName[];
  readonly rival: Rival;
  readonly student: StudentName;
  readonly task: GlyphTask | OwnTask;
  /** Of the first pair; the others follow. */
  readonly seed: number;
  /** Pairs of students, one after the other. */
  readonly pairs: number;
  /** Undefined: as many as the teacher was trained for. */
  readonly steps?: number;
}
