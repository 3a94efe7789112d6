import { LecternError } from "@lectern/shared/errors";
import type { ThetaValues } from "./meta-optimizer.ts";

/**
 * θ must be numbers: what isn't is named before any student learns from it.
 *
 * @param where such as `the run's starting point`
 * @throws LecternError `invalid-data` with the tensor, its element and value
 */
export function expectFiniteTheta(theta: ThetaValues, where: string, remedy: string): void {
  for (const [name, { shape, data }] of Object.entries(theta)) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at < 0) continue;
    throw new LecternError(
      "invalid-data",
      `θ isn't finite at ${where}: ${name}[${positionOf(at, shape).join(", ")}] is ${data[at]}.`,
      remedy,
    );
  }
}

/** From a flat index to one index an axis. */
export function positionOf(index: number, shape: readonly number[]): number[] {
  const position: number[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    position.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return position;
}
