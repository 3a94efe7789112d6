import type { Recipe } from "@lectern/shared/schema";
import type { BackendName } from "../backend/index.ts";
import type { TaskData, TaskSpec } from "../task/index.ts";

/** What an evaluation trains and tests: plain JSON, the same for all of its contenders. */
export interface EvaluationSetting {
  readonly task: TaskSpec;
  readonly student: { readonly name: string; readonly options: Readonly<Record<string, number>> };
  /** Optimizer, schedule, batch and steps of every lesson; its rate is where the search for rates starts. */
  readonly recipe: Recipe;
  readonly backend: BackendName;
  /**
   * What students are judged by, a name of `../measure`; left out: their error. Then decisions are tuned on validation
   * data after each training, for every contender alike, and `error` stands for the measure's loss everywhere.
   */
  readonly measure?: string;
}

/** What a worker is set up with; the data lie in shared memory. */
export interface EvaluationSetup {
  readonly setting: EvaluationSetting;
  readonly data: TaskData;
  /** Loss families by module path that contenders' teachers need: each thread loads them for itself. */
  readonly families?: readonly string[];
}
