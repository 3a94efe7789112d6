/**
 * Copies images [count, height, rowBytes] into larger ones with zeros around: `top` rows above, `bottom` below, `left` and
 * `right` bytes beside each row.
 */
export function padImages(
  target: usize,
  source: usize,
  count: i32,
  height: i32,
  rowBytes: usize,
  top: i32,
  bottom: i32,
  left: usize,
  right: usize,
): void {
  const width = left + rowBytes + right;
  if (top + bottom == 0 && width == rowBytes) {
    memory.copy(target, source, <usize>(count * height) * rowBytes);
    return;
  }
  for (let image = 0; image < count; image++) {
    memory.fill(target, 0, <usize>top * width + left);
    target += <usize>top * width + left;
    for (let row = 0; row < height; row++) {
      memory.copy(target, source, rowBytes);
      source += rowBytes;
      target += rowBytes;
      // The right edge of this row and the left one of the next.
      const edge = row + 1 < height ? right + left : right;
      memory.fill(target, 0, edge);
      target += edge;
    }
    memory.fill(target, 0, <usize>bottom * width);
    target += <usize>bottom * width;
  }
}

/**
 * The reverse: copies what lies inside the border, with `more` (an address, 0 for none), laid out as the target, added.
 */
export function cropImages(
  target: usize,
  source: usize,
  more: usize,
  count: i32,
  height: i32,
  rowBytes: usize,
  top: i32,
  bottom: i32,
  left: usize,
  right: usize,
): void {
  const width = left + rowBytes + right;
  if (top + bottom == 0 && width == rowBytes && more == 0) {
    memory.copy(target, source, <usize>(count * height) * rowBytes);
    return;
  }
  for (let image = 0; image < count; image++) {
    source += <usize>top * width + left;
    for (let row = 0; row < height; row++) {
      if (more != 0) {
        addNumbers(source, more, rowBytes);
        more += rowBytes;
      }
      memory.copy(target, source, rowBytes);
      target += rowBytes;
      source += width;
    }
    source += <usize>bottom * width - left;
  }
}

/** Adds `bytes` bytes of numbers at `source`, in fours, to those at `target`. */
@inline
function addNumbers(target: usize, source: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16)
    v128.store(target + at, f32x4.add(v128.load(target + at), v128.load(source + at)));
}
