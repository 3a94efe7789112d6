import type { HypergradientReply } from "./job.ts";

/**
 * Reach: how many of a lesson's last steps its hypergradient looks at. Where |dω_t| explodes on the way back, what lies
 * beyond is decided by chance, and what lies before is still known: a meta-step that loses all of its students is
 * followed by truncated hypergradients (Shaban et al. 2019), as far back as most of those students' |dω_t| stayed within
 * √explosion times |dω_T|. They are biased, and lead back to where the whole lesson can be seen: the reach doubles in
 * four meta-steps with a usable student.
 *
 * @param reach steps; null for the whole lesson
 * @param replies of the meta-step
 * @param lost whether none of them was usable
 */
export function nextReach(
  reach: number | null,
  lost: boolean,
  replies: readonly Pick<HypergradientReply, "norms">[],
  { steps, explosion }: { steps: number; explosion: number },
): number | null {
  if (!lost) {
    const grown = reach === null ? steps : Math.ceil(reach * 2 ** 0.25);
    return grown >= steps ? null : grown;
  }
  const stretches = replies
    .map(({ norms }) => calmStretch(norms, Math.sqrt(explosion)))
    .toSorted((a, b) => a - b);
  const usual = stretches[(stretches.length - 1) >> 1]!;
  return Math.max(1, Math.floor(Math.min(usual, (reach ?? 2 * steps) / 2)));
}

/** Steps back from T over which |dω_t| stayed within `growth` times |dω_T|; half a measured stretch if it never did. */
function calmStretch([end, ...earlier]: HypergradientReply["norms"], growth: number): number {
  if (!end) return Infinity;
  const wild = earlier.findIndex(({ norm }) => !(norm <= growth * end.norm));
  if (wild === 0) return (end.step - earlier[0]!.step) / 2;
  return end.step - (earlier.at(wild < 0 ? -1 : wild - 1)?.step ?? end.step);
}

/** The estimator of that reach: those that go backwards through stored steps have a truncated form. */
export function estimatorWithin(estimator: string, reach: number | null | undefined): string {
  if (reach == null) return estimator;
  return estimator
    .replace(/^(store|checkpoint)(:\d+)?/, `truncated:${reach}`)
    .replace(/^central-difference$/, `truncated:${reach}+central-difference`);
}
