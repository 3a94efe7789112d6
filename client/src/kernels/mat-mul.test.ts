import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { expectLikeCpu, irregular, numbers, prepareBackends, run } from "./contract.fixture.ts";

beforeAll(prepareBackends);

interface Product {
  rows: number;
  inner: number;
  columns: number;
  transposeA: boolean;
  transposeB: boolean;
}

async function checkProduct({ rows, inner, columns, ...attrs }: Product): Promise<void> {
  const a = irregular(attrs.transposeA ? [1, inner, rows] : [1, rows, inner], 1);
  const b = irregular(attrs.transposeB ? [1, columns, inner] : [1, inner, columns], 2);
  await expectLikeCpu("BatchMatMul", { a, b }, attrs);
  const bias = irregular([columns], 3);
  for (const activation of ["linear", "relu"])
    await expectLikeCpu("_FusedMatMul", { a, b, bias }, { ...attrs, activation });
}

describe("BatchMatMul and _FusedMatMul", () => {
  const sizes: [number, number, number][] = [
    [1, 1, 1],
    [3, 4, 5],
    [5, 7, 8],
    [6, 9, 12],
    [33, 40, 17],
    [64, 500, 10],
    // More than a block of rows (packed if transposed), of inner numbers, of columns.
    [523, 6, 9],
    [5, 1100, 7],
    [9, 3, 1031],
  ];
  const flags = [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const;
  const table = sizes.flatMap((dims) => flags.map((transposed) => [dims, transposed] as const));
  it.each(table)("%j, transposed %j", ([rows, inner, columns], [transposeA, transposeB]) =>
    checkProduct({ rows, inner, columns, transposeA, transposeB }),
  );

  it("any small shape", async () => {
    const length = fc.integer({ min: 1, max: 40 });
    const flag = fc.boolean();
    await fc.assert(
      fc.asyncProperty(
        fc.record({ rows: length, inner: length, columns: length, transposeA: flag, transposeB: flag }),
        checkProduct,
      ),
      { seed: 5, numRuns: 150 },
    );
  });

  it("multiplies batches, one of them repeated", async () => {
    const a = irregular([3, 20, 30], 1);
    const b = irregular([1, 25, 30], 2);
    await expectLikeCpu("BatchMatMul", { a, b }, { transposeA: false, transposeB: true });
    const c = irregular([3, 30, 20], 1);
    await expectLikeCpu("BatchMatMul", { a: c, b }, { transposeA: true, transposeB: true });
    await expectLikeCpu("BatchMatMul", { a: b, b: a }, { transposeA: false, transposeB: true });
  });

  it("broadcasts leading axes", async () => {
    const a = irregular([2, 1, 6, 7], 1);
    const b = irregular([3, 7, 5], 2);
    const [result] = await run("wasm", "BatchMatMul", { a, b }, { transposeA: false, transposeB: false });
    expect(result?.shape).toEqual([2, 3, 6, 5]);
    const value = (n: number, m: number, i: number, j: number): number =>
      Array.from(
        { length: 7 },
        (_, k) => (a.values[(n * 6 + i) * 7 + k] ?? 0) * (b.values[(m * 7 + k) * 5 + j] ?? 0),
      ).reduce((sum, term) => sum + term, 0);
    expect(result?.values[((1 * 3 + 2) * 6 + 5) * 5 + 4]).toBeCloseTo(value(1, 2, 5, 4), 5);
    expect(result?.values[(1 * 6 + 2) * 5 + 3]).toBeCloseTo(value(0, 1, 2, 3), 5);
  });

  it("carries NaN to its row and column only", async () => {
    const a = { values: numbers(6 * 9, 1), shape: [1, 6, 9] };
    a.values[2 * 9 + 4] = Number.NaN;
    const b = { values: numbers(9 * 7, 2), shape: [1, 9, 7] };
    b.values[3 * 7 + 6] = Number.POSITIVE_INFINITY;
    const [result] = await run("wasm", "BatchMatMul", { a, b }, { transposeA: false, transposeB: false });
    for (const [at, value] of (result?.values ?? []).entries()) {
      const [row, column] = [Math.floor(at / 7), at % 7];
      expect(Number.isNaN(value)).toBe(row === 2);
      if (row !== 2) expect(Number.isFinite(value)).toBe(column !== 6);
    }
    const fused = { transposeA: false, transposeB: false, activation: "relu" };
    const [cut] = await run("wasm", "_FusedMatMul", { a, b }, fused);
    expect(cut?.values[2 * 7]).toBeNaN();
  });

  it("takes empty matrices", async () => {
    const none = { transposeA: false, transposeB: false };
    const [empty] = await run(
      "wasm",
      "BatchMatMul",
      { a: irregular([1, 0, 3], 1), b: irregular([1, 3, 2], 2) },
      none,
    );
    expect(empty).toEqual({ shape: [1, 0, 2], values: [] });
    const [zeros] = await run(
      "wasm",
      "BatchMatMul",
      { a: irregular([1, 5, 0], 1), b: irregular([1, 0, 2], 2) },
      none,
    );
    expect(zeros).toEqual({ shape: [1, 5, 2], values: Array.from({ length: 10 }, () => 0) });
  });
});
