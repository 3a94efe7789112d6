// What the machine gives: no memory in the first loop, nothing but memory in the second. AssemblyScript.

/** `count` times 24 additions and 24 multiplications of four numbers in registers, in chains that don't wait for each other. */
export function multiplyAndAdd(count: i32, by: f32): f32 {
  const factor = f32x4.splat(by);
  let p0 = f32x4.splat(1);
  let p1 = f32x4.splat(2);
  let p2 = f32x4.splat(3);
  let p3 = f32x4.splat(4);
  let p4 = f32x4.splat(5);
  let p5 = f32x4.splat(6);
  let s0 = p0;
  let s1 = p1;
  let s2 = p2;
  let s3 = p3;
  let s4 = p4;
  let s5 = p5;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < 4; j++) {
      p0 = f32x4.mul(p0, factor);
      s0 = f32x4.add(s0, factor);
      p1 = f32x4.mul(p1, factor);
      s1 = f32x4.add(s1, factor);
      p2 = f32x4.mul(p2, factor);
      s2 = f32x4.add(s2, factor);
      p3 = f32x4.mul(p3, factor);
      s3 = f32x4.add(s3, factor);
      p4 = f32x4.mul(p4, factor);
      s4 = f32x4.add(s4, factor);
      p5 = f32x4.mul(p5, factor);
      s5 = f32x4.add(s5, factor);
    }
  }
  const products = f32x4.add(f32x4.add(f32x4.add(p0, p1), f32x4.add(p2, p3)), f32x4.add(p4, p5));
  const sums = f32x4.add(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), f32x4.add(s4, s5));
  return f32x4.extract_lane(f32x4.add(products, sums), 0);
}

/** Copies `bytes` bytes by vectors. */
export function copy(target: usize, source: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 32) {
    v128.store(target + at, v128.load(source + at));
    v128.store(target + at, v128.load(source + at, 16), 16);
  }
}
