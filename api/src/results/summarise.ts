import type { ResultGroup, ResultSummary } from "@lectern/shared/schema";
import compare from "semver/functions/compare.js";
import { robustFigures } from "./robust.ts";
import type { ReportRow } from "./store.ts";

/** Groups by version, task and size of student; versions newest first, then tasks and sizes in order. */
export function summarise(teacher: string, rows: readonly ReportRow[]): ResultSummary {
  const byKey = Map.groupBy(rows, ({ version, task, sizeBucket }) => `${version}\n${task}\n${sizeBucket}`);
  const groups = [...byKey.values()].map(summariseGroup).toSorted(inOrder);
  return { teacher, groups };
}

function summariseGroup(rows: readonly ReportRow[]): ResultGroup {
  const { version, task, sizeBucket } = rows[0]!;
  return {
    version,
    task,
    studentSize: sizeBucket,
    count: rows.length,
    seeds: rows.reduce((sum, { seeds }) => sum + seeds, 0),
    change: robustFigures(rows.map(({ errorWith, errorWithout }) => errorWith - errorWithout)),
  };
}

function inOrder(a: ResultGroup, b: ResultGroup): number {
  const decade = ({ studentSize }: ResultGroup) => Number(studentSize.slice(2, studentSize.indexOf("-")));
  if (a.version !== b.version) return compare(b.version, a.version);
  if (a.task !== b.task) return a.task < b.task ? -1 : 1;
  return decade(a) - decade(b);
}
