/**
 * The first key that occurs twice in one object of a JSON text, or is `__proto__`; undefined where there is none.
 * `JSON.parse` keeps the last of two equal keys without a word, so that two readers could see two different files.
 *
 * @param json a text that `JSON.parse` has accepted: this scanner relies on its being well formed.
 */
export function findRepeatedKey(json: string): string | undefined {
  /** One set a nested object, null for an array. */
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === "{") open.push(new Set());
    else if (character === "[") open.push(null);
    else if (character === "}" || character === "]") open.pop();
    else if (character === '"') {
      const start = i;
      for (i++; json[i] !== '"'; i++) if (json[i] === "\\") i++;
      const keys = open.at(-1);
      if (!keys || !isFollowedByColon(json, i + 1)) continue;
      // Unescaped, as "\u0061" and "a" are the same key.
      const key = String(JSON.parse(json.slice(start, i + 1)));
      if (key === "__proto__" || keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

function isFollowedByColon(json: string, start: number): boolean {
  let i = start;
  while (json.charCodeAt(i) <= 32) i++;
  return json[i] === ":";
}
