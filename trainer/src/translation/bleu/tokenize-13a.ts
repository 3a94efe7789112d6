/**
 * Words and marks as WMT's `mteval-v13a.pl` counts them: marks apart, but for full stops and commas between digits, and
 * hyphens and apostrophes within words. sacreBLEU's tokenisation `13a`, its default (Post 2018).
 *
 * @example
 * ```ts
 * tokenize13a("It wasn't 1,000."); // ["It", "wasn't", "1,000", "."]
 * ```
 */
export function tokenize13a(line: string): string[] {
  const text = line
    .replaceAll("<skipped>", "")
    .replaceAll("-\n", "")
    .replaceAll("\n", " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
  return (
    ` ${text} `
      // ASCII's marks, but for apostrophe, comma, hyphen and full stop.
      .replaceAll(/([{-~[-` -&(-+:-@/])/g, " $1 ")
      .replaceAll(/([^0-9])([.,])/gu, "$1 $2 ")
      .replaceAll(/([.,])([^0-9])/gu, " $1 $2")
      .replaceAll(/([0-9])(-)/g, "$1 $2 ")
      .split(/\s+/u)
      .filter((word) => word !== "")
  );
}
