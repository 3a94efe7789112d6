import { compareVersions } from "./compare-versions.ts";

/** `>=` and the like, and a whole version. */
type Comparator = readonly [operator: string, version: string];
/** Major, minor and patch, as far as they are given; a prerelease only where all three are. */
interface Partial {
  readonly numbers: readonly number[];
  readonly pre: string;
}

const version = String.raw`v?\s*([\dxX*]+)(?:\.([\dxX*]+)(?:\.([\dxX*]+)(?:-([\w.-]+))?(?:\+[\w.-]+)?)?)?`;
const hyphen = new RegExp(String.raw`^\s*${version}\s+-\s+${version}\s*$`);
const simple = new RegExp(String.raw`(\^|~>?|[<>]=?|=|)\s*${version}(?=\s|$)`, "gy");

/**
 * Whether a version lies in a range as npm's semver has it, with its rule for prereleases: one is taken only where the
 * range names a prerelease of the same major, minor and patch. A test compares it with semver's own answers; the API
 * resolves ranges by that, whose 6 KB a page can spare.
 *
 * @returns undefined for what is no range
 * @example
 * ```ts
 * satisfies("1.4.0", "^1.2 || 3.x"); // true
 * ```
 */
export function satisfies(release: string, range: string): boolean | undefined {
  const sets = range.split("||").map(comparatorsOf);
  if (sets.includes(undefined)) return undefined;
  // As in semver, a part that anything satisfies stands for the whole: which lets no prerelease in.
  const any = sets.find((set) => set!.length === 0);
  return ((any ? [any] : sets) as Comparator[][]).some((set) => {
    const inside = set.every(([operator, bound]) => holds(compareVersions(release, bound), operator));
    const [core, pre] = release.split(/-(.*)/s);
    return inside && (!pre || set.some(([, bound]) => bound.startsWith(`${core}-`)));
  });
}

function holds(order: number, operator: string): boolean {
  if (order === 0) return operator.includes("=");
  return operator.startsWith(order > 0 ? ">" : "<");
}

function comparatorsOf(text: string): Comparator[] | undefined {
  const between = hyphen.exec(text);
  if (between) {
    const [low, high] = [partial(between.slice(1, 5)), partial(between.slice(5))];
    if (!low || !high) return undefined;
    return [...bounds(">=", low), ...bounds("<=", high)];
  }
  const trimmed = text.trim();
  const found: Comparator[] = [];
  simple.lastIndex = 0;
  let end = 0;
  while (end < trimmed.length) {
    simple.lastIndex = end + /^\s*/.exec(trimmed.slice(end))![0].length;
    const match = simple.exec(trimmed);
    const part = match && partial(match.slice(2));
    if (!part) return undefined;
    found.push(...bounds(match[1]!, part));
    end = simple.lastIndex;
  }
  return found;
}

function partial([major, minor, patch, pre = ""]: readonly (string | undefined)[]): Partial | undefined {
  const numbers: number[] = [];
  for (const part of [major, minor, patch]) {
    if (part === undefined || /^[xX*]$/.test(part)) break;
    if (!/^(0|[1-9]\d*)$/.test(part)) return undefined;
    numbers.push(Number(part));
  }
  return { numbers, pre: numbers.length === 3 && pre ? `-${pre}` : "" };
}

/** The comparators that an operator before a partial version stands for. */
function bounds(operator: string, { numbers, pre }: Partial): Comparator[] {
  const [major, minor, patch] = numbers;
  const floor = `${major ?? 0}.${minor ?? 0}.${patch ?? 0}${pre}`;
  /** The first version after all that begin with so many of the numbers. */
  const after = (places: number): string =>
    [0, 1, 2].map((i) => (i < places - 1 ? numbers[i] : i === places - 1 ? numbers[i]! + 1 : 0)).join(".");
  const given = numbers.length;
  if (given === 0) return operator === "<" || operator === ">" ? [["<", "0.0.0-0"]] : [];
  switch (operator) {
    case "^": {
      const leading = numbers.findIndex((n) => n > 0);
      const places = leading < 0 ? given : leading + 1;
      return [
        [">=", floor],
        ["<", `${after(places)}-0`],
      ];
    }
    case "~":
    case "~>":
      return [
        [">=", floor],
        ["<", `${after(Math.min(given, 2))}-0`],
      ];
    case ">":
      return given === 3 ? [[">", floor]] : [[">=", after(given)]];
    case ">=":
      return [[">=", floor]];
    case "<":
      return given === 3 ? [["<", floor]] : [["<", `${floor}-0`]];
    case "<=":
      return given === 3 ? [["<=", floor]] : [["<", `${after(given)}-0`]];
    default:
      return given === 3
        ? [["=", floor]]
        : [
            [">=", floor],
            ["<", `${after(given)}-0`],
          ];
  }
}
