/** Max-pooling by places: the flat index in x of each window's maximum, the first one where several are equal. */

@inline
function later(value: v128, best: v128): v128 {
  return f32x4.gt(value, best);
}

/**
 * y and places [batch, outHeight, outWidth, channels] from x [batch, height, width, channels]. `top` and `left` are the
 * padding before the image; windows are cut off at its edges.
 */
export function poolMaxima(
  y: usize,
  places: usize,
  x: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
): void {
  const lanes = i32x4.splat(0);
  const steps = i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(lanes, 1, 1), 2, 2), 3, 3);
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < outHeight; i++) {
      const firstRow = max(i * strideHeight - top, 0);
      const rowEnd = min(i * strideHeight - top + filterHeight, height);
      for (let j = 0; j < outWidth; j++) {
        const firstColumn = max(j * strideWidth - left, 0);
        const columnEnd = min(j * strideWidth - left + filterWidth, width);
        let c = 0;
        for (; c + 4 <= channels; c += 4) {
          let index = ((n * height + firstRow) * width + firstColumn) * channels + c;
          let best = v128.load(x + (<usize>index << 2));
          let where = i32x4.splat(index);
          for (let row = firstRow; row < rowEnd; row++) {
            index = ((n * height + row) * width + firstColumn) * channels + c;
            for (let column = firstColumn; column < columnEnd; column++) {
              const value = v128.load(x + (<usize>index << 2));
              const wins = later(value, best);
              best = v128.bitselect(value, best, wins);
              where = v128.bitselect(i32x4.splat(index), where, wins);
              index += channels;
            }
          }
          v128.store(y, best);
          v128.store(places, i32x4.add(where, steps));
          y += 16;
          places += 16;
        }
        for (; c < channels; c++) {
          let at = ((n * height + firstRow) * width + firstColumn) * channels + c;
          let best = load<f32>(x + (<usize>at << 2));
          for (let row = firstRow; row < rowEnd; row++) {
            let index = ((n * height + row) * width + firstColumn) * channels + c;
            for (let column = firstColumn; column < columnEnd; column++) {
              const value = load<f32>(x + (<usize>index << 2));
              if (value > best) {
                best = value;
                at = index;
              }
              index += channels;
            }
          }
          store<f32>(y, best);
          store<i32>(places, at);
          y += 4;
          places += 4;
        }
      }
    }
}

/** out[i] = t[places[i]] + more[places[i]]; `more` may be 0. */
export function gatherPlaces(out: usize, places: usize, t: usize, more: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const at = <usize>load<i32>(places) << 2;
    let value = load<f32>(t + at);
    if (more != 0) value += load<f32>(more + at);
    store<f32>(out, value);
    out += 4;
    places += 4;
  }
}

/** out[size] = 0, then out[places[i]] += d[i]. */
export function scatterPlaces(out: usize, size: i32, places: usize, d: usize, count: i32): void {
  memory.fill(out, 0, <usize>size << 2);
  for (let i = 0; i < count; i++) {
    const at = out + (<usize>load<i32>(places) << 2);
    store<f32>(at, load<f32>(at) + load<f32>(d));
    places += 4;
    d += 4;
  }
}

/** out[n, i, c] = t[n, c] / places: the gradient of a mean over places. */
export function spreadMean(out: usize, t: usize, batch: i32, places: i32, channels: i32): void {
  const bytes = <usize>channels << 2;
  const factor: f32 = <f32>1 / <f32>places;
  for (let n = 0; n < batch; n++) {
    const first = out;
    for (let c = 0; c < channels; c++)
      store<f32>(first + (<usize>c << 2), load<f32>(t + (<usize>c << 2)) * factor);
    out += bytes;
    for (let i = 1; i < places; i++) {
      memory.copy(out, first, bytes);
      out += bytes;
    }
    t += bytes;
  }
}
