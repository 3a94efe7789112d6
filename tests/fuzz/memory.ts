import { readFile } from "node:fs/promises";
import { type HeapUse, measureHeaps } from "./heap.ts";

/** What a workerd holds after so many requests. */
export interface MemoryPoint {
  requests: number;
  /** Of the process, before anything is collected. MB. */
  residentMb: number;
  /** By isolate, after a forced collection. */
  heaps: Readonly<Record<string, HeapUse>>;
}

export async function measureMemory(
  requests: number,
  { pid, inspector }: { pid: number; inspector: string },
): Promise<MemoryPoint> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const residentMb = Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  return { requests, residentMb, heaps: await measureHeaps(inspector) };
}

/**
 * How much a heap grows: least squares over the points. A leak of anything that each request makes, be it
 * one header's value, is above 30 bytes a request; a bare Worker's grows by 0.0.
 *
 * @returns bytes a request
 */
export function growthOf(points: readonly MemoryPoint[], isolate: string): number {
  const xs = points.map(({ requests }) => requests);
  const ys = points.map(({ heaps }) => bytesOf(heaps[isolate]));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x0, y0] = [mean(xs), mean(ys)];
  const covariance = mean(xs.map((x, i) => (x - x0) * (ys[i]! - y0)));
  return covariance / mean(xs.map((x) => (x - x0) ** 2));
}

export function bytesOf(heap: HeapUse | undefined): number {
  return heap === undefined ? 0 : heap.used + heap.buffers + heap.platform;
}

/** A table: resident memory and heap of the API's workerd and of the bare Worker's, and what grew. */
export function describeMemory({
  ours,
  bare,
}: {
  ours: readonly MemoryPoint[];
  bare: readonly MemoryPoint[];
}): string[] {
  const kb = (point: MemoryPoint, isolate: string) => Math.round(bytesOf(point.heaps[isolate]) / 1000);
  const all = (point: MemoryPoint) =>
    Object.keys(point.heaps).reduce((sum, isolate) => sum + kb(point, isolate), 0);
  const lines = ours.map((point, i) => {
    const other = bare[i]!;
    return (
      `${point.requests} requests: the Worker's heap ${kb(point, "core:user:lectern")} kB, with all of miniflare's isolates ` +
      `${all(point)} kB, resident ${point.residentMb} MB; a bare Worker's ${kb(other, "core:user:bare")} kB, ` +
      `${all(other)} kB, ${other.residentMb} MB`
    );
  });
  const growth = (points: readonly MemoryPoint[]) =>
    Object.keys(points[0]!.heaps)
      .map((isolate) => `${isolate} ${growthOf(points.slice(1), isolate).toFixed(1)}`)
      .join(", ");
  return [...lines, `bytes a request: ${growth(ours)}; of the bare one's: ${growth(bare)}`];
}
