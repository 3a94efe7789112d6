/**
 * The first key that occurs twice in one object of a JSON text, or is `__proto__`; undefined where there is none.
 * `JSON.parse` keeps the last of two equal keys without a word, so that two readers could see two different files.
 *
 * @param json a text that `JSON.parse` has accepted: this scanner relies on its being well formed.
 */
export function findRepeatedKey(json: string): string | undefined {
  /** The keys of each object that is open; lists need no entry, as they close before their object's next key. */
  const open: Set<string>[] = [];
  for (const [token, text, colon] of json.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon) {
      // Unescaped, as "\u0061" and "a" are the same key.
      const key = String(JSON.parse(text!));
      const keys = open.at(-1)!;
      if (key === "__proto__" || keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
