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
