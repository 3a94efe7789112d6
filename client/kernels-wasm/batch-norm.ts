import { addToSums, rowsOfBlock } from "./column-sums";

/**
 * Batch normalisation and its derivatives along a direction, on matrices [rows, channels], channels a multiple of 4. The
 * sums come out as float64, one a channel; what follows from them is computed outside, and comes back as coefficients,
 * float32, one a channel. All begin with mean, gain and shift, of which y = gain·x + shift. With a relu behind it, y's sign is
 * computed again where a gradient comes back, which costs less than reading y.
 *
 * Blocks of rows stay in the first-level cache while one group of channels after another is taken.
 */

/** Where y = gain·x + shift is positive, if there is a relu; otherwise everywhere. */
@inline
function maskOf(x: v128, gain: v128, shift: v128, relu: bool): v128 {
  return relu ? f32x4.gt(f32x4.add(f32x4.mul(x, gain), shift), f32x4.splat(0)) : i32x4.splat(-1);
}

/**
 * sums = Σ(x − centre), Σ(x − centre)²; with a tangent t (otherwise 0) also Σt, Σt·(x − centre), where `t` first gets `more`
 * added (0: nothing).
 */
export function normSums(
  sums: usize,
  x: usize,
  t: usize,
  more: usize,
  centre: usize,
  rows: i32,
  channels: i32,
): void {
  const stride = <usize>channels << 2;
  const next = stride << 1;
  memory.fill(sums, 0, 4 * next);
  const block = rowsOfBlock(channels, t == 0 ? 1 : 2);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    for (let channel: usize = 0; channel < stride; channel += 16) {
      const middle = v128.load(centre + channel);
      const place = sums + (channel << 1);
      let sum = f32x4.splat(0);
      let squares = f32x4.splat(0);
      let at = channel;
      if (t == 0) {
        for (let row = 0; row < count; row++) {
          const difference = f32x4.sub(v128.load(x + at), middle);
          sum = f32x4.add(sum, difference);
          squares = f32x4.add(squares, f32x4.mul(difference, difference));
          at += stride;
        }
      } else {
        let plain = f32x4.splat(0);
        let aligned = f32x4.splat(0);
        for (let row = 0; row < count; row++) {
          const difference = f32x4.sub(v128.load(x + at), middle);
          let value = v128.load(t + at);
          if (more != 0) {
            value = f32x4.add(value, v128.load(more + at));
            v128.store(t + at, value);
          }
          sum = f32x4.add(sum, difference);
          squares = f32x4.add(squares, f32x4.mul(difference, difference));
          plain = f32x4.add(plain, value);
          aligned = f32x4.add(aligned, f32x4.mul(value, difference));
          at += stride;
        }
        addToSums(place + 2 * next, plain);
        addToSums(place + 3 * next, aligned);
      }
      addToSums(place, sum);
      addToSums(place + next, squares);
    }
    const bytes = <usize>count * stride;
    x += bytes;
    if (t != 0) t += bytes;
    if (more != 0) more += bytes;
  }
}

/** y = gain·x + shift + s (an address, 0 for none), cut off at zero if `relu`. */
export function normApply(
  y: usize,
  x: usize,
  s: usize,
  coefficients: usize,
  rows: i32,
  channels: i32,
  relu: bool,
): void {
  const stride = <usize>channels << 2;
  const zero = f32x4.splat(0);
  const block = rowsOfBlock(channels, 2);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    for (let channel: usize = 0; channel < stride; channel += 16) {
      const gain = v128.load(coefficients + stride + channel);
      const shift = v128.load(coefficients + 2 * stride + channel);
      let at = channel;
      for (let row = 0; row < count; row++) {
        let value = f32x4.add(f32x4.mul(v128.load(x + at), gain), shift);
        if (s != 0) value = f32x4.add(value, v128.load(s + at));
        if (relu) value = f32x4.max(value, zero);
        v128.store(y + at, value);
        at += stride;
      }
    }
    const bytes = <usize>count * stride;
    y += bytes;
    x += bytes;
    if (s != 0) s += bytes;
  }
}

/**
 * The same with its tangent gain·t + b·(x − mean) + c + u, zero where y isn't positive if `relu`. coefficients: mean, gain,
 * shift, b, c. `s` and `u` are both there, or both 0.
 */
export function normApplyAlong(
  y: usize,
  tangent: usize,
  x: usize,
  t: usize,
  s: usize,
  u: usize,
  coefficients: usize,
  rows: i32,
  channels: i32,
  relu: bool,
): void {
  const stride = <usize>channels << 2;
  const zero = f32x4.splat(0);
  const block = rowsOfBlock(channels, 4);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    for (let channel: usize = 0; channel < stride; channel += 16) {
      const mean = v128.load(coefficients + channel);
      const gain = v128.load(coefficients + stride + channel);
      const shift = v128.load(coefficients + 2 * stride + channel);
      const b = v128.load(coefficients + 3 * stride + channel);
      const c = v128.load(coefficients + 4 * stride + channel);
      let at = channel;
      for (let row = 0; row < count; row++) {
        const input = v128.load(x + at);
        let value = f32x4.add(f32x4.mul(input, gain), shift);
        let change = f32x4.add(
          f32x4.add(f32x4.mul(v128.load(t + at), gain), f32x4.mul(f32x4.sub(input, mean), b)),
          c,
        );
        if (s != 0) {
          value = f32x4.add(value, v128.load(s + at));
          change = f32x4.add(change, v128.load(u + at));
        }
        if (relu) {
          change = v128.and(change, f32x4.gt(value, zero));
          value = f32x4.max(value, zero);
        }
        v128.store(y + at, value);
        v128.store(tangent + at, change);
        at += stride;
      }
    }
    const bytes = <usize>count * stride;
    y += bytes;
    tangent += bytes;
    x += bytes;
    t += bytes;
    if (s != 0) {
      s += bytes;
      u += bytes;
    }
  }
}

/** sums = Σg, Σg·(x − mean), with g masked: dy. */
export function gradientSums(
  sums: usize,
  g: usize,
  x: usize,
  coefficients: usize,
  rows: i32,
  channels: i32,
  relu: bool,
): void {
  const stride = <usize>channels << 2;
  const next = stride << 1;
  memory.fill(sums, 0, 2 * next);
  const block = rowsOfBlock(channels, 2);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    for (let channel: usize = 0; channel < stride; channel += 16) {
      const mean = v128.load(coefficients + channel);
      const gain = v128.load(coefficients + stride + channel);
      const shift = v128.load(coefficients + 2 * stride + channel);
      let plain = f32x4.splat(0);
      let aligned = f32x4.splat(0);
      let at = channel;
      for (let row = 0; row < count; row++) {
        const input = v128.load(x + at);
        const dy = v128.and(v128.load(g + at), maskOf(input, gain, shift, relu));
        plain = f32x4.add(plain, dy);
        aligned = f32x4.add(aligned, f32x4.mul(dy, f32x4.sub(input, mean)));
        at += stride;
      }
      const place = sums + (channel << 1);
      addToSums(place, plain);
      addToSums(place + next, aligned);
    }
    const bytes = <usize>count * stride;
    g += bytes;
    x += bytes;
  }
}

/** dx = gain·g + b·(x − mean) + c, with g masked. coefficients: mean, gain, shift, b, c. */
export function gradientApply(
  dx: usize,
  g: usize,
  x: usize,
  coefficients: usize,
  rows: i32,
  channels: i32,
  relu: bool,
): void {
  const stride = <usize>channels << 2;
  const block = rowsOfBlock(channels, 3);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    for (let channel: usize = 0; channel < stride; channel += 16) {
      const mean = v128.load(coefficients + channel);
      const gain = v128.load(coefficients + stride + channel);
      const shift = v128.load(coefficients + 2 * stride + channel);
      const b = v128.load(coefficients + 3 * stride + channel);
      const c = v128.load(coefficients + 4 * stride + channel);
      let at = channel;
      for (let row = 0; row < count; row++) {
        const input = v128.load(x + at);
        const dy = v128.and(v128.load(g + at), maskOf(input, gain, shift, relu));
        const rest = f32x4.add(f32x4.mul(f32x4.sub(input, mean), b), c);
        v128.store(dx + at, f32x4.add(f32x4.mul(dy, gain), rest));
        at += stride;
      }
    }
    const bytes = <usize>count * stride;
    dx += bytes;
    g += bytes;
    x += bytes;
  }
}

/** sums = Σg, Σg·(x − mean), Σh, Σh·(x − mean), Σg·t with g and h masked: dy, its tangent, and x's tangent t. */
export function backwardSums(
  sums: usize,
  g: usize,
  h: usize,
  x: usize,
  t: usize,
  coefficients: usize,
  rows: i32,
  channels: i32,
  relu: bool,
): void {
  const stride = <usize>channels << 2;
  const next = stride << 1;
  memory.fill(sums, 0, 5 * next);
  const block = rowsOfBlock(channels, 4);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    for (let channel: usize = 0; channel < stride; channel += 16) {
      const mean = v128.load(coefficients + channel);
      const gain = v128.load(coefficients + stride + channel);
      const shift = v128.load(coefficients + 2 * stride + channel);
      let sumG = f32x4.splat(0);
      let sumGx = f32x4.splat(0);
      let sumH = f32x4.splat(0);
      let sumHx = f32x4.splat(0);
      let sumGt = f32x4.splat(0);
      let at = channel;
      for (let row = 0; row < count; row++) {
        const input = v128.load(x + at);
        const mask = maskOf(input, gain, shift, relu);
        const dy = v128.and(v128.load(g + at), mask);
        const change = v128.and(v128.load(h + at), mask);
        const centred = f32x4.sub(input, mean);
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
  }
}

/**
 * dx = gain·g + b·(x − mean) + c and dxTangent = gain·h + d·g + e·(x − mean) + b·t + k, with g and h masked. coefficients: mean,
 * gain, shift, b, c, d, e, k.
 */
export function backwardApply(
  dx: usize,
  dxTangent: usize,
  g: usize,
  h: usize,
  x: usize,
  t: usize,
  coefficients: usize,
  rows: i32,
  channels: i32,
  relu: bool,
): void {
  const stride = <usize>channels << 2;
  const block = rowsOfBlock(channels, 6);
  for (let first = 0; first < rows; first += block) {
    const count = min(block, rows - first);
    for (let channel: usize = 0; channel < stride; channel += 16) {
      const mean = v128.load(coefficients + channel);
      const gain = v128.load(coefficients + stride + channel);
      const shift = v128.load(coefficients + 2 * stride + channel);
      const b = v128.load(coefficients + 3 * stride + channel);
      const c = v128.load(coefficients + 4 * stride + channel);
      const d = v128.load(coefficients + 5 * stride + channel);
      const e = v128.load(coefficients + 6 * stride + channel);
      const k = v128.load(coefficients + 7 * stride + channel);
      let at = channel;
      for (let row = 0; row < count; row++) {
        const input = v128.load(x + at);
        const mask = maskOf(input, gain, shift, relu);
        const dy = v128.and(v128.load(g + at), mask);
        const change = v128.and(v128.load(h + at), mask);
        const centred = f32x4.sub(input, mean);
        const value = f32x4.add(f32x4.mul(gain, dy), f32x4.add(f32x4.mul(b, centred), c));
        const tangent = f32x4.add(
          f32x4.add(f32x4.mul(gain, change), f32x4.mul(d, dy)),
          f32x4.add(f32x4.mul(e, centred), f32x4.add(f32x4.mul(b, v128.load(t + at)), k)),
        );
        v128.store(dx + at, value);
        v128.store(dxTangent + at, tangent);
        at += stride;
      }
    }
    const bytes = <usize>count * stride;
    dx += bytes;
    dxTangent += bytes;
    g += bytes;
    h += bytes;
    x += bytes;
    t += bytes;
  }
}
