import { compile } from "../../scripts/build-kernels.ts";
import { shortest } from "./shortest.ts";

/** What one core gives WebAssembly with 128-bit SIMD. */
export interface Roofline {
  gigaflops: number;
  /** GB read and written a second by a copy of 64 MiB. */
  gigabytes: number;
}

interface Loops {
  multiplyAndAdd(count: number, by: number): number;
  copy(target: number, source: number, bytes: number): void;
}

/** Measures the two limits that no kernel can pass. */
export async function measureRoofline(): Promise<Roofline> {
  const { bytes } = await compile("bench/kernels/peak.assembly.ts");
  const size = 64 * 1024 * 1024;
  const memory = new WebAssembly.Memory({ initial: (2 * size) / 65_536, maximum: 65_536 });
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const { multiplyAndAdd, copy } = instance.exports as unknown as Loops;
  const rounds = 10_000;
  return {
    gigaflops: (rounds * 4 * 12 * 4) / shortest(() => multiplyAndAdd(rounds, 0.9999999), 1000) / 1e6,
    gigabytes: (2 * size) / shortest(() => copy(size, 0, size), 1000) / 1e6,
  };
}
