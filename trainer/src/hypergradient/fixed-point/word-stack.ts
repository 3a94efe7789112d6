/** A last-in, first-out store of 16-bit words that grows without ever being copied. */
export interface WordStack {
  push(word: number): void;
  /** The word pushed last. An empty stack gives zeros. */
  pop(): number;
  readonly length: number;
}

const chunk = 1 << 20;

export function createWordStack(): WordStack {
  const chunks: Uint16Array[] = [];
  let length = 0;
  return {
    push(word) {
      const place = length % chunk;
      // A chunk that was emptied is used again.
      const full = (chunks[(length - place) / chunk] ??= new Uint16Array(chunk));
      full[place] = word;
      length++;
    },
    pop() {
      if (length === 0) return 0;
      length--;
      const place = length % chunk;
      return chunks[(length - place) / chunk]![place]!;
    },
    get length() {
      return length;
    },
  };
}
