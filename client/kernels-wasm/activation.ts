/** Activations and their derivatives, elementwise on `count` numbers; each pass reads and writes every number once. */

@inline
function tanh4(x: v128): v128 {
  // The rational approximation of degree 13 over 6 of Eigen (`ptanh_float`): off by a few units in the last place.
  const bound = f32x4.splat(7.90531110763549805);
  const z = f32x4.max(f32x4.min(x, bound), f32x4.neg(bound));
  const s = f32x4.mul(z, z);
  let p = f32x4.splat(-2.76076847742355e-16);
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(2.00018790482477e-13));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-8.60467152213735e-11));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(5.12229709037114e-8));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(1.48572235717979e-5));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(6.37261928875436e-4));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(4.89352455891786e-3));
  let q = f32x4.splat(1.19825839466702e-6);
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(1.18534705686654e-4));
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(2.268434632439e-3));
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(4.89352518554385e-3));
  return f32x4.div(f32x4.mul(p, z), q);
}

@inline
function slope4(y: v128): v128 {
  return f32x4.sub(f32x4.splat(1), f32x4.mul(y, y));
}

@inline
function positive4(y: v128): v128 {
  return f32x4.gt(y, f32x4.splat(0));
}

@inline
function load4(address: usize, rest: i32): v128 {
  if (rest >= 4) return v128.load(address);
  let values = v128.load32_zero(address);
  if (rest > 1) values = v128.load_lane<f32>(address + 4, values, 1);
  if (rest > 2) values = v128.load_lane<f32>(address + 8, values, 2);
  return values;
}

@inline
function store4(address: usize, values: v128, rest: i32): void {
  if (rest >= 4) {
    v128.store(address, values);
    return;
  }
  v128.store_lane<f32>(address, values, 0);
  if (rest > 1) v128.store_lane<f32>(address + 4, values, 1);
  if (rest > 2) v128.store_lane<f32>(address + 8, values, 2);
}

/** y = tanh x. */
export function tanhForward(y: usize, x: usize, count: i32): void {
  for (let rest = count; rest > 0; rest -= 4) {
    store4(y, tanh4(load4(x, rest)), rest);
    x += 16;
    y += 16;
  }
}

/** out = (1 − y²)·(t + more); `more` may be 0. Also the gradient: t = dy. */
export function tanhTangent(out: usize, y: usize, t: usize, more: usize, count: i32): void {
  for (let rest = count; rest > 0; rest -= 4) {
    let value = load4(t, rest);
    if (more != 0) {
      value = f32x4.add(value, load4(more, rest));
      more += 16;
    }
    store4(out, f32x4.mul(value, slope4(load4(y, rest))), rest);
    out += 16;
    y += 16;
    t += 16;
  }
}

/** du = (1 − y²)·g and duTangent = (1 − y²)·h − 2y·t·g: g = dy, h its tangent, t y's tangent. */
export function tanhBackward(
  du: usize,
  duTangent: usize,
  y: usize,
  t: usize,
  g: usize,
  h: usize,
  count: i32,
): void {
  for (let rest = count; rest > 0; rest -= 4) {
    const value = load4(y, rest);
    const dy = load4(g, rest);
    const slope = slope4(value);
    const bend = f32x4.mul(f32x4.add(value, value), f32x4.mul(load4(t, rest), dy));
    store4(du, f32x4.mul(dy, slope), rest);
    store4(duTangent, f32x4.sub(f32x4.mul(load4(h, rest), slope), bend), rest);
    du += 16;
    duTangent += 16;
    y += 16;
    t += 16;
    g += 16;
    h += 16;
  }
}

/** out = t + more where y > 0, otherwise 0; `more` may be 0. Also relu's gradient: t = dy. */
export function reluTangent(out: usize, y: usize, t: usize, more: usize, count: i32): void {
  for (let rest = count; rest > 0; rest -= 4) {
    let value = load4(t, rest);
    if (more != 0) {
      value = f32x4.add(value, load4(more, rest));
      more += 16;
    }
    store4(out, v128.and(value, positive4(load4(y, rest))), rest);
    out += 16;
    y += 16;
    t += 16;
  }
}

/** du = g and duTangent = h where y > 0, otherwise 0. */
export function reluBackward(du: usize, duTangent: usize, y: usize, g: usize, h: usize, count: i32): void {
  for (let rest = count; rest > 0; rest -= 4) {
    const mask = positive4(load4(y, rest));
    store4(du, v128.and(load4(g, rest), mask), rest);
    store4(duTangent, v128.and(load4(h, rest), mask), rest);
    du += 16;
    duTangent += 16;
    y += 16;
    g += 16;
    h += 16;
  }
}

/** y = max(a + b, 0). */
export function addRelu(y: usize, a: usize, b: usize, count: i32): void {
  for (let rest = count; rest > 0; rest -= 4) {
    store4(y, f32x4.max(f32x4.add(load4(a, rest), load4(b, rest)), f32x4.splat(0)), rest);
    y += 16;
    a += 16;
    b += 16;
  }
}

/** out = a + scale·b. */
export function addScaled(out: usize, a: usize, b: usize, scale: f32, count: i32): void {
  const factor = f32x4.splat(scale);
  for (let rest = count; rest > 0; rest -= 4) {
    store4(out, f32x4.add(load4(a, rest), f32x4.mul(load4(b, rest), factor)), rest);
    out += 16;
    a += 16;
    b += 16;
  }
}
