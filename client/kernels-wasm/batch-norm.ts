import { addToSums, rowsOfBlock } from "./column-sums";

/**
 * Batch normalisation and its derivatives along a direction, on matrices [rows, channels], channels a multiple of 4. The
 * sums come out as float64, one a channel; what follows from them is computed outside, and comes back as coefficients,
 * float32, one a channel. `mask` is the output of a relu behind the normalisation, or 0.
 */

@inline
function masked(values: v128, mask: usize, at: usize): v128 {
  return mask == 0 ? values : v128.and(values, f32x4.gt(v128.load(mask + at), f32x4.splat(0)));
}

/** sums = Σ(x − mean)². */
export function sumSquares(sums: usize, x: usize, mean: usize, rows: i32, channels: i32): void {
  memory.fill(sums, 0, <usize>channels << 3);
  const stride = <usize>channels << 2;
  const block = rowsOfBlock(channels);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    for (let channel: usize = 0; channel < stride; channel += 16) {
      const centre = v128.load(mean + channel);
      let at = x + channel;
      let even = f32x4.splat(0);
      let odd = f32x4.splat(0);
      let row = 0;
      for (; row + 2 <= count; row += 2) {
        const a = f32x4.sub(v128.load(at), centre);
        const b = f32x4.sub(v128.load(at + stride), centre);
        even = f32x4.add(even, f32x4.mul(a, a));
        odd = f32x4.add(odd, f32x4.mul(b, b));
        at += stride << 1;
      }
      if (row < count) {
        const a = f32x4.sub(v128.load(at), centre);
        even = f32x4.add(even, f32x4.mul(a, a));
      }
      addToSums(sums + (channel << 1), f32x4.add(even, odd));
    }
    x += <usize>count * stride;
  }
}

/** y = gain·x + shift, cut off at zero if `relu`. */
export function scaleChannels(
  y: usize,
  x: usize,
  gain: usize,
  shift: usize,
  rows: i32,
  channels: i32,
  relu: bool,
): void {
  const stride = <usize>channels << 2;
  const zero = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    for (let channel: usize = 0; channel < stride; channel += 16) {
      let value = f32x4.add(
        f32x4.mul(v128.load(x + channel), v128.load(gain + channel)),
        v128.load(shift + channel),
      );
      if (relu) value = f32x4.max(value, zero);
      v128.store(y + channel, value);
    }
    x += stride;
    y += stride;
  }
}

/** sums = Σt, Σt·(x − mean), where `t` first gets `more` added (0: nothing). */
export function tangentSums(
  sums: usize,
  t: usize,
  more: usize,
  x: usize,
  mean: usize,
  rows: i32,
  channels: i32,
): void {
  memory.fill(sums, 0, <usize>channels << 4);
  const stride = <usize>channels << 2;
  const block = rowsOfBlock(channels);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    for (let channel: usize = 0; channel < stride; channel += 16) {
      const centre = v128.load(mean + channel);
      let plain = f32x4.splat(0);
      let aligned = f32x4.splat(0);
      let at = channel;
      for (let row = 0; row < count; row++) {
        let value = v128.load(t + at);
        if (more != 0) {
          value = f32x4.add(value, v128.load(more + at));
          v128.store(t + at, value);
        }
        plain = f32x4.add(plain, value);
        aligned = f32x4.add(aligned, f32x4.mul(value, f32x4.sub(v128.load(x + at), centre)));
        at += stride;
      }
      addToSums(sums + (channel << 1), plain);
      addToSums(sums + (stride << 1) + (channel << 1), aligned);
    }
    const bytes = <usize>count * stride;
    t += bytes;
    x += bytes;
    if (more != 0) more += bytes;
  }
}

/** out = a·t + b·(x − mean) + c, zero where the mask isn't positive. coefficients: mean, a, b, c. */
export function tangentApply(
  out: usize,
  t: usize,
  x: usize,
  mask: usize,
  coefficients: usize,
  rows: i32,
  channels: i32,
): void {
  const stride = <usize>channels << 2;
  const a = coefficients + stride;
  const b = a + stride;
  const c = b + stride;
  for (let row = 0; row < rows; row++) {
    for (let channel: usize = 0; channel < stride; channel += 16) {
      const centred = f32x4.sub(v128.load(x + channel), v128.load(coefficients + channel));
      const value = f32x4.add(
        f32x4.add(
          f32x4.mul(v128.load(t + channel), v128.load(a + channel)),
          f32x4.mul(centred, v128.load(b + channel)),
        ),
        v128.load(c + channel),
      );
      v128.store(out + channel, masked(value, mask, channel));
    }
    out += stride;
    t += stride;
    x += stride;
    if (mask != 0) mask += stride;
  }
}

/** sums = Σg, Σg·(x − mean), Σh, Σh·(x − mean), Σg·t with g and h masked: dy, its tangent, and x's tangent t. */
export function backwardSums(
  sums: usize,
  g: usize,
  h: usize,
  x: usize,
  t: usize,
  mask: usize,
  mean: usize,
  rows: i32,
  channels: i32,
): void {
  memory.fill(sums, 0, (<usize>channels << 3) * 5);
  const stride = <usize>channels << 2;
  const next = stride << 1;
  const block = rowsOfBlock(channels);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    for (let channel: usize = 0; channel < stride; channel += 16) {
      const centre = v128.load(mean + channel);
      let sumG = f32x4.splat(0);
      let sumGx = f32x4.splat(0);
      let sumH = f32x4.splat(0);
      let sumHx = f32x4.splat(0);
      let sumGt = f32x4.splat(0);
      let at = channel;
      for (let row = 0; row < count; row++) {
        const dy = masked(v128.load(g + at), mask, at);
        const change = masked(v128.load(h + at), mask, at);
        const centred = f32x4.sub(v128.load(x + at), centre);
        sumG = f32x4.add(sumG, dy);
        sumGx = f32x4.add(sumGx, f32x4.mul(dy, centred));
        sumH = f32x4.add(sumH, change);
        sumHx = f32x4.add(sumHx, f32x4.mul(change, centred));
        sumGt = f32x4.add(sumGt, f32x4.mul(dy, v128.load(t + at)));
        at += stride;
      }
      const place = sums + (channel << 1);
      addToSums(place, sumG);
      addToSums(place + next, sumGx);
      addToSums(place + 2 * next, sumH);
      addToSums(place + 3 * next, sumHx);
      addToSums(place + 4 * next, sumGt);
    }
    const bytes = <usize>count * stride;
    g += bytes;
    h += bytes;
    x += bytes;
    t += bytes;
    if (mask != 0) mask += bytes;
  }
}

/**
 * dx = a·g + b·(x − mean) + c and dxTangent = a·h + d·g + e·(x − mean) + f·t + k, with g and h masked. coefficients: mean,
 * a, b, c, d, e, f, k.
 */
export function backwardApply(
  dx: usize,
  dxTangent: usize,
  g: usize,
  h: usize,
  x: usize,
  t: usize,
  mask: usize,
  coefficients: usize,
  rows: i32,
  channels: i32,
): void {
  const stride = <usize>channels << 2;
  const block = rowsOfBlock(channels);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    const start = <usize>first * stride;
    for (let channel: usize = 0; channel < stride; channel += 16) {
      const mean = v128.load(coefficients + channel);
      const a = v128.load(coefficients + stride + channel);
      const b = v128.load(coefficients + 2 * stride + channel);
      const c = v128.load(coefficients + 3 * stride + channel);
      const d = v128.load(coefficients + 4 * stride + channel);
      const e = v128.load(coefficients + 5 * stride + channel);
      const f = v128.load(coefficients + 6 * stride + channel);
      const k = v128.load(coefficients + 7 * stride + channel);
      let at = start + channel;
      for (let row = 0; row < count; row++) {
        const dy = masked(v128.load(g + at), mask, at);
        const change = masked(v128.load(h + at), mask, at);
        const centred = f32x4.sub(v128.load(x + at), mean);
        const value = f32x4.add(f32x4.mul(a, dy), f32x4.add(f32x4.mul(b, centred), c));
        const tangent = f32x4.add(
          f32x4.add(f32x4.mul(a, change), f32x4.mul(d, dy)),
          f32x4.add(f32x4.mul(e, centred), f32x4.add(f32x4.mul(f, v128.load(t + at)), k)),
        );
        v128.store(dx + at, value);
        v128.store(dxTangent + at, tangent);
        at += stride;
      }
    }
  }
}
