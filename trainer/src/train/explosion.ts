import type { HypergradientReply } from "./job.ts";

/** How much reverse mode amplified: the largest |dω_t| over |dω_T|. */
export function growthOf({ norms }: Pick<HypergradientReply, "norms">): number | null {
  return norms.length > 0 ? Math.max(...norms.map(({ norm }) => norm)) / norms[0]!.norm : null;
}

/** Whether most students are past the edge of stability: their |dω_t| grew by more than `edge`, a heuristic. */
export function isPastTheEdge(replies: readonly Pick<HypergradientReply, "norms">[], edge: number): boolean {
  const wild = replies.filter((reply) => !((growthOf(reply) ?? 0) <= edge));
  return replies.length > 0 && 2 * wild.length > replies.length;
}
