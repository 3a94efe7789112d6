/** Adds `count` numbers at `source` to those at `target`. */
@inline
function addRun(target: usize, source: usize, count: i32): void {
  let i = count;
  for (; i >= 8; i -= 8) {
    const sum0 = f32x4.add(v128.load(target), v128.load(source));
    const sum1 = f32x4.add(v128.load(target, 16), v128.load(source, 16));
    v128.store(target, sum0);
    v128.store(target, sum1, 16);
    target += 32;
    source += 32;
  }
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

/**
 * Adds each window [filterHeight, filterWidth, channels] to where it lies in the image: images [count, height, width,
 * channels], windows one after the other for the places [count, outHeight, outWidth]. What lies outside is dropped.
 */
export function addWindows(
  images: usize,
  windows: usize,
  count: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  padTop: i32,
  padLeft: i32,
): void {
  const pixel = <usize>channels << 2;
  const windowRow = <usize>filterWidth * pixel;
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < outHeight; i++) {
      const top = i * strideHeight - padTop;
      for (let j = 0; j < outWidth; j++) {
        const left = j * strideWidth - padLeft;
        const first = max(0, -left);
        const run = (min(filterWidth, width - left) - first) * channels;
        if (run > 0)
          for (let p = max(0, -top); p < filterHeight && top + p < height; p++)
            addRun(
              images + <usize>((top + p) * width + left + first) * pixel,
              windows + <usize>p * windowRow + <usize>first * pixel,
              run,
            );
        windows += <usize>filterHeight * windowRow;
      }
    }
    images += <usize>(height * width) * pixel;
  }
}
