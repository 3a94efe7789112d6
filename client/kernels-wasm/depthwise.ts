// The two gradients of a depthwise convolution with one output a channel: x [height, width, channels] of an image,
// filter [filterHeight, filterWidth, channels], dy [outHeight, outWidth, channels]. Four channels at a time; windows are cut
// off at the image's edges. `top` and `left` are the padding.

/** dx of one image: each place sums the taps that reach it. */
export function depthwiseInput(
  dx: usize,
  dy: usize,
  filter: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
): void {
  const pixel = (<usize>channels) << 2;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let c = 0;
      for (; c + 4 <= channels; c += 4) {
        let sum = f32x4.splat(0);
        for (let p = 0; p < filterHeight; p++) {
          const down = row + top - p * dilationHeight;
          if (down < 0) break;
          const i = down / strideHeight;
          if (i * strideHeight != down || i >= outHeight) continue;
          for (let q = 0; q < filterWidth; q++) {
            const across = column + left - q * dilationWidth;
            if (across < 0) break;
            const j = across / strideWidth;
            if (j * strideWidth != across || j >= outWidth) continue;
            const from = dy + <usize>(i * outWidth + j) * pixel + ((<usize>c) << 2);
            const tap = filter + <usize>(p * filterWidth + q) * pixel + ((<usize>c) << 2);
            sum = f32x4.add(sum, f32x4.mul(v128.load(from), v128.load(tap)));
          }
        }
        v128.store(dx, sum);
        dx += 16;
      }
      for (; c < channels; c++) {
        let sum: f32 = 0;
        for (let p = 0; p < filterHeight; p++) {
          const down = row + top - p * dilationHeight;
          if (down < 0) break;
          const i = down / strideHeight;
          if (i * strideHeight != down || i >= outHeight) continue;
          for (let q = 0; q < filterWidth; q++) {
            const across = column + left - q * dilationWidth;
            if (across < 0) break;
            const j = across / strideWidth;
            if (j * strideWidth != across || j >= outWidth) continue;
            const from = dy + <usize>(i * outWidth + j) * pixel + ((<usize>c) << 2);
            const tap = filter + <usize>(p * filterWidth + q) * pixel + ((<usize>c) << 2);
            sum += load<f32>(from) * load<f32>(tap);
          }
        }
        store<f32>(dx, sum);
        dx += 4;
      }
    }
  }
}

/** Adds one image's part to dw; a row of the output at a time, which stays in the first-level cache. */
export function depthwiseFilter(
  dw: usize,
  x: usize,
  dy: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
): void {
  const pixel = (<usize>channels) << 2;
  const xStep = <usize>strideWidth * pixel;
  for (let i = 0; i < outHeight; i++) {
    for (let p = 0; p < filterHeight; p++) {
      const row = i * strideHeight + p * dilationHeight - top;
      if (row < 0 || row >= height) continue;
      for (let q = 0; q < filterWidth; q++) {
        const shift = q * dilationWidth - left;
        // Output columns whose tap q lies inside the image.
        const first = shift < 0 ? (strideWidth - 1 - shift) / strideWidth : 0;
        const last = width - 1 - shift;
        const end = last < 0 ? 0 : min(outWidth, last / strideWidth + 1);
        const count = end - first;
        if (count <= 0) continue;
        let target = dw + <usize>(p * filterWidth + q) * pixel;
        let xRow = x + <usize>(row * width + first * strideWidth + shift) * pixel;
        let dyRow = dy + <usize>(i * outWidth + first) * pixel;
        let c = channels;
        for (; c >= 4; c -= 4) {
          let sum = f32x4.splat(0);
          let a = xRow;
          let b = dyRow;
          for (let k = count; k > 0; k--) {
            sum = f32x4.add(sum, f32x4.mul(v128.load(a), v128.load(b)));
            a += xStep;
            b += pixel;
          }
          v128.store(target, f32x4.add(v128.load(target), sum));
          target += 16;
          xRow += 16;
          dyRow += 16;
        }
        for (; c > 0; c--) {
          let sum: f32 = 0;
          let a = xRow;
          let b = dyRow;
          for (let k = count; k > 0; k--) {
            sum += load<f32>(a) * load<f32>(b);
            a += xStep;
            b += pixel;
          }
          store<f32>(target, load<f32>(target) + sum);
          target += 4;
          xRow += 4;
          dyRow += 4;
        }
      }
    }
  }
}

/** Writes each of `count` numbers `times` times. */
export function repeatNumbers(target: usize, source: usize, count: i32, times: i32): void {
  for (let i = 0; i < count; i++) {
    const value = load<f32>(source);
    for (let j = 0; j < times; j++) {
      store<f32>(target, value);
      target += 4;
    }
    source += 4;
  }
}

/** Sums each `times` numbers that follow each other. */
export function sumNeighbours(target: usize, source: usize, count: i32, times: i32): void {
  for (let i = 0; i < count; i++) {
    let sum: f32 = 0;
    for (let j = 0; j < times; j++) {
      sum += load<f32>(source);
      source += 4;
    }
    store<f32>(target, sum);
    target += 4;
  }
}
