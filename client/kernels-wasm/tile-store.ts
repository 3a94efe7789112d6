/** Reads 1, 2, 3 or (from 4 on) 4 numbers; the other lanes are zero. */
@inline
export function loadSome(address: usize, count: i32): v128 {
  if (count >= 4) return v128.load(address);
  if (count == 1) return v128.load32_zero(address);
  const two = v128.load64_zero(address);
  return count == 2 ? two : v128.load_lane<f32>(address, two, 2, 8);
}

/** Writes the first 1, 2, 3 or (from 4 on) 4 numbers. */
@inline
export function storeSome(address: usize, values: v128, count: i32): void {
  if (count >= 4) {
    v128.store(address, values);
    return;
  }
  if (count == 1) {
    v128.store_lane<f32>(address, values, 0);
    return;
  }
  v128.store_lane<f64>(address, values, 0);
  if (count == 3) v128.store_lane<f32>(address, values, 2, 8);
}

/** What is written for one vector of a tile: with C or the bias added, and cut off at zero if wanted. */
@inline
function finish(address: usize, values: v128, count: i32, accumulate: bool, bias: usize, relu: bool): v128 {
  if (accumulate) values = f32x4.add(values, loadSome(address, count));
  if (bias != 0) values = f32x4.add(values, loadSome(bias, count));
  // NaN stays NaN: it is not less than zero. (f32x4.max takes seven instructions on x64, this one.)
  return relu ? f32x4.pmax(values, f32x4.splat(0)) : values;
}

/** Stores a tile of 4 × 5 to 8 numbers at the addresses in the table. */
export function finishTile8(
  tile: usize,
  shift: usize,
  width: i32,
  accumulate: bool,
  bias: usize,
  relu: bool,
  c00: v128,
  c01: v128,
  c10: v128,
  c11: v128,
  c20: v128,
  c21: v128,
  c30: v128,
  c31: v128,
): void {
  const p0 = load<usize>(tile, 4) + shift;
  const p1 = load<usize>(tile, 12) + shift;
  const p2 = load<usize>(tile, 20) + shift;
  const p3 = load<usize>(tile, 28) + shift;
  const rest = width - 4;
  if (accumulate && rest >= 4 && bias == 0 && !relu) {
    c00 = f32x4.add(c00, v128.load(p0));
    c01 = f32x4.add(c01, v128.load(p0, 16));
    c10 = f32x4.add(c10, v128.load(p1));
    c11 = f32x4.add(c11, v128.load(p1, 16));
    c20 = f32x4.add(c20, v128.load(p2));
    c21 = f32x4.add(c21, v128.load(p2, 16));
    c30 = f32x4.add(c30, v128.load(p3));
    c31 = f32x4.add(c31, v128.load(p3, 16));
  } else if (accumulate || bias != 0 || relu) {
    // All before the first is stored: in a tile that isn't full two rows share an address.
    const biasRest = bias == 0 ? 0 : bias + 16;
    c00 = finish(p0, c00, 4, accumulate, bias, relu);
    c01 = finish(p0 + 16, c01, rest, accumulate, biasRest, relu);
    c10 = finish(p1, c10, 4, accumulate, bias, relu);
    c11 = finish(p1 + 16, c11, rest, accumulate, biasRest, relu);
    c20 = finish(p2, c20, 4, accumulate, bias, relu);
    c21 = finish(p2 + 16, c21, rest, accumulate, biasRest, relu);
    c30 = finish(p3, c30, 4, accumulate, bias, relu);
    c31 = finish(p3 + 16, c31, rest, accumulate, biasRest, relu);
  }
  v128.store(p0, c00);
  v128.store(p1, c10);
  v128.store(p2, c20);
  v128.store(p3, c30);
  if (rest >= 4) {
    v128.store(p0, c01, 16);
    v128.store(p1, c11, 16);
    v128.store(p2, c21, 16);
    v128.store(p3, c31, 16);
  } else {
    storeSome(p0 + 16, c01, rest);
    storeSome(p1 + 16, c11, rest);
    storeSome(p2 + 16, c21, rest);
    storeSome(p3 + 16, c31, rest);
  }
}

/** Stores a tile of 4 × 1 to 4 numbers. */
export function finishTile4(
  tile: usize,
  shift: usize,
  width: i32,
  accumulate: bool,
  bias: usize,
  relu: bool,
  c0: v128,
  c1: v128,
  c2: v128,
  c3: v128,
): void {
  const p0 = load<usize>(tile, 4) + shift;
  const p1 = load<usize>(tile, 12) + shift;
  const p2 = load<usize>(tile, 20) + shift;
  const p3 = load<usize>(tile, 28) + shift;
  c0 = finish(p0, c0, width, accumulate, bias, relu);
  c1 = finish(p1, c1, width, accumulate, bias, relu);
  c2 = finish(p2, c2, width, accumulate, bias, relu);
  c3 = finish(p3, c3, width, accumulate, bias, relu);
  storeSome(p0, c0, width);
  storeSome(p1, c1, width);
  storeSome(p2, c2, width);
  storeSome(p3, c3, width);
}
