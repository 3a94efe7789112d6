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
      const full = (chunks[(length - place) / chunk] ??= new Uint16Array(chunk));
      full[place] = word;
      length++;
    },
    pop() {
      if (length === 0) return 0;
      length--;
      const place = length % chunk;
      // One emptied chunk is kept, for a stack that goes to and fro; the rest is given back on the way down.
      if (place === 0) chunks.length = length / chunk + 1;
      return chunks[(length - place) / chunk]![place]!;
    },
    get length() {
      return length;
    },
  };
}
