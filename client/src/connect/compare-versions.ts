/**
 * Orders semantic versions (semver 2.0.0 §11): negative where `a` is the older. A release is above its prereleases.
 */
export function compareVersions(a: string, b: string): number {
  const [coreA, preA] = split(a);
  const [coreB, preB] = split(b);
  const core = compareParts(coreA, coreB);
  if (core !== 0 || (preA.length === 0 && preB.length === 0)) return core;
  if (preA.length === 0 || preB.length === 0) return preB.length - preA.length;
  return compareParts(preA, preB);
}

function split(version: string): [string[], string[]] {
  const [core = "", pre] = version.split(/-(.*)/s, 2);
  return [core.split("."), pre === undefined ? [] : pre.split(".")];
}

/** Numbers by value and below words, words by their letters; what is longer is above what it begins with. */
function compareParts(a: readonly string[], b: readonly string[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i];
    if (right === undefined) return 1;
    const [isNumber, isOther] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (isNumber !== isOther) return isNumber ? -1 : 1;
    // Numbers may be longer than a float holds: the longer is the larger, having no leading zeros.
    if (isNumber && left.length !== right.length) return left.length - right.length;
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}
