/** Adds `count` numbers, four at a time. */
@inline
function addTo(target: usize, source: usize, count: i32): void {
  let i = count;
  for (; i >= 4; i -= 4) {
    v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
    target += 16;
    source += 16;
  }
  for (; i > 0; i--) {
    store<f32>(target, load<f32>(target) + load<f32>(source));
    target += 4;
    source += 4;
  }
}

/** sums [segments, size] = the slices of x [count, size] added up by id; ids outside are dropped. */
export function segmentSums(
  sums: usize,
  x: usize,
  ids: usize,
  count: i32,
  size: i32,
  segments: i32,
): void {
  const bytes = <usize>size << 2;
  memory.fill(sums, 0, <usize>segments * bytes);
  for (let i = 0; i < count; i++) {
    const id = load<i32>(ids + (<usize>i << 2));
    if (<u32>id < <u32>segments) addTo(sums + <usize>id * bytes, x, size);
    x += bytes;
  }
}

/** The place of the first index outside 0 … length − 1, or −1. */
export function findOutside(indices: usize, count: i32, length: i32): i32 {
  for (let i = 0; i < count; i++)
    if (<u32>load<i32>(indices + (<usize>i << 2)) >= <u32>length) return i;
  return -1;
}

/** out [outer, count, size] = slices of x [outer, length, size], `bytes` bytes each. The indices must be inside. */
export function gatherSlices(
  out: usize,
  x: usize,
  indices: usize,
  outer: i32,
  count: i32,
  length: i32,
  bytes: usize,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < count; i++) {
      const from = x + <usize>load<i32>(indices + (<usize>i << 2)) * bytes;
      if (bytes == 4) store<i32>(out, load<i32>(from));
      else if (bytes == 1) store<u8>(out, load<u8>(from));
      else memory.copy(out, from, bytes);
      out += bytes;
    }
    x += <usize>length * bytes;
  }
}
