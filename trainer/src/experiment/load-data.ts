import { isTaskName, loadTaskData, type TaskData, type TaskSpec } from "../task/index.ts";
import type { Plan } from "./plan.ts";

/** Of files: what is read doesn't depend on the rest of the specification. */
const ofFiles = (name: string): boolean => isTaskName(name) && name !== "glyphs";

/** Each cell's data, a file read once: cells that differ in noise or size share its memory. */
export async function loadAllData(
  { cells }: Plan,
  { dataDir, download = false }: { readonly dataDir?: string | undefined; readonly download?: boolean },
): Promise<TaskData[]> {
  const read = new Map<string, TaskData>();
  const data: TaskData[] = [];
  for (const { setting } of cells) {
    const spec = setting.task;
    const key = ofFiles(spec.name) ? spec.name : JSON.stringify(sorted(spec));
    const there = read.get(key) ?? (await loadTaskData(spec, { dataDir, download }));
    read.set(key, there);
    data.push({ ...there, spec });
  }
  return data;
}

const sorted = (spec: TaskSpec): [string, unknown][] =>
  Object.entries(spec).toSorted(([a], [b]) => (a < b ? -1 : 1));
