// A depthwise convolution with one output a channel, and its two gradients: x [height, width, channels] of an image,
// filter [filterHeight, filterWidth, channels], dy [outHeight, outWidth, channels]. Four channels at a time; windows are cut
// off at the image's edges. `top` and `left` are the padding.

/** y of one image, with 8 channels' sums in registers at a time. */
export function depthwiseForward(
  y: usize,
  x: usize,
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
  const tapRow = <usize>filterWidth * pixel;
  const xStep = <usize>dilationWidth * pixel;
  const xRow = <usize>(dilationHeight * width) * pixel;
  for (let i = 0; i < outHeight; i++) {
    const row = i * strideHeight - top;
    // Taps inside the image.
    const firstP = row < 0 ? (dilationHeight - 1 - row) / dilationHeight : 0;
    const endP = min(filterHeight, (height - row + dilationHeight - 1) / dilationHeight);
    for (let j = 0; j < outWidth; j++) {
      const column = j * strideWidth - left;
      const firstQ = column < 0 ? (dilationWidth - 1 - column) / dilationWidth : 0;
      const endQ = min(filterWidth, (width - column + dilationWidth - 1) / dilationWidth);
      const place = (row + firstP * dilationHeight) * width + column + firstQ * dilationWidth;
      let from = x + <usize>place * pixel;
      let tap = filter + <usize>firstP * tapRow + <usize>firstQ * pixel;
      let c = channels;
      for (; c >= 8; c -= 8) {
        let sum0 = f32x4.splat(0);
        let sum1 = sum0;
        let a0 = from;
        let w0 = tap;
        for (let p = firstP; p < endP; p++) {
          let a = a0;
          let w = w0;
          for (let q = firstQ; q < endQ; q++) {
            sum0 = f32x4.add(sum0, f32x4.mul(v128.load(a), v128.load(w)));
            sum1 = f32x4.add(sum1, f32x4.mul(v128.load(a, 16), v128.load(w, 16)));
            a += xStep;
            w += pixel;
          }
          a0 += xRow;
          w0 += tapRow;
        }
        v128.store(y, sum0);
        v128.store(y, sum1, 16);
        y += 32;
        from += 32;
        tap += 32;
      }
      for (; c > 0; c--) {
        let sum: f32 = 0;
        let a0 = from;
        let w0 = tap;
        for (let p = firstP; p < endP; p++) {
          let a = a0;
          let w = w0;
          for (let q = firstQ; q < endQ; q++) {
            sum += load<f32>(a) * load<f32>(w);
            a += xStep;
            w += pixel;
          }
          a0 += xRow;
          w0 += tapRow;
        }
        store<f32>(y, sum);
        y += 4;
        from += 4;
        tap += 4;
      }
    }
  }
}

/** Adds one image's part to dx, which starts at zero: each number of dy goes where its window lies. */
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
  const tapRow = <usize>filterWidth * pixel;
  const xStep = <usize>dilationWidth * pixel;
  const xRow = <usize>(dilationHeight * width) * pixel;
  for (let i = 0; i < outHeight; i++) {
    const row = i * strideHeight - top;
    const firstP = row < 0 ? (dilationHeight - 1 - row) / dilationHeight : 0;
    const endP = min(filterHeight, (height - row + dilationHeight - 1) / dilationHeight);
    for (let j = 0; j < outWidth; j++) {
      const column = j * strideWidth - left;
      const firstQ = column < 0 ? (dilationWidth - 1 - column) / dilationWidth : 0;
      const endQ = min(filterWidth, (width - column + dilationWidth - 1) / dilationWidth);
      const place = (row + firstP * dilationHeight) * width + column + firstQ * dilationWidth;
      let to = dx + <usize>place * pixel;
      let tap = filter + <usize>firstP * tapRow + <usize>firstQ * pixel;
      let c = channels;
      for (; c >= 4; c -= 4) {
        const d = v128.load(dy);
        let a0 = to;
        let w0 = tap;
        for (let p = firstP; p < endP; p++) {
          let a = a0;
          let w = w0;
          for (let q = firstQ; q < endQ; q++) {
            v128.store(a, f32x4.add(v128.load(a), f32x4.mul(d, v128.load(w))));
            a += xStep;
            w += pixel;
          }
          a0 += xRow;
          w0 += tapRow;
        }
        dy += 16;
        to += 16;
        tap += 16;
      }
      for (; c > 0; c--) {
        const d = load<f32>(dy);
        let a0 = to;
        let w0 = tap;
        for (let p = firstP; p < endP; p++) {
          let a = a0;
          let w = w0;
          for (let q = firstQ; q < endQ; q++) {
            store<f32>(a, load<f32>(a) + d * load<f32>(w));
            a += xStep;
            w += pixel;
          }
          a0 += xRow;
          w0 += tapRow;
        }
        dy += 4;
        to += 4;
        tap += 4;
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
