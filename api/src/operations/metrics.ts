import type { Bindings } from "../environment.ts";

export interface Measured {
  /** The route's pattern, so that a million names are one line in a chart. */
  route: string;
  method: string;
  status: number;
  ms: number;
  /** Of the answer, where it says so; else 0. */
  bytes: number;
}

/**
 * One data point of Workers Analytics Engine, where it is bound (docs/operations.md has the queries). Never throws:
 * an answer doesn't depend on whether it was counted.
 *
 * blobs: method, route, status · doubles: ms, bytes · index: route
 */
export function writeMetric(
  metrics: Bindings["METRICS"],
  { route, method, status, ms, bytes }: Measured,
): void {
  try {
    metrics?.writeDataPoint({
      indexes: [`${method} ${route}`.slice(0, 96)],
      blobs: [method, route, String(status)],
      doubles: [ms, bytes],
    });
  } catch {
    // Nothing to be done, and nothing to be told to who asked.
  }
}
