/**
 * The shortest of many runs, in milliseconds: those that fit into `budgetMs`, and 8 at least. What others do on the
 * machine only adds. (The processor time of a thread would be better, but some kernels count it in ticks of 4 ms.)
 */
export function shortest(run: () => void, budgetMs: number): number {
  const end = performance.now() + budgetMs;
  let best = Number.POSITIVE_INFINITY;
  for (let count = 0; count < 8 || performance.now() < end; count++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
