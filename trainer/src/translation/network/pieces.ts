import * as tf from "@tensorflow/tfjs-core";

/** x · W over the last axis. @param x [n, L, d]; @param kernel [d, m] */
export function project(x: tf.Tensor3D, kernel: tf.Tensor): tf.Tensor3D {
  const [n, length, width] = x.shape;
  const rows = tf.matMul(tf.reshape(x, [n * length, width]), kernel as tf.Tensor2D);
  return tf.reshape(rows, [n, length, kernel.shape[1]!]);
}

/** Rows of a table. @param words [n, L] int32 @param table [V, d] @returns [n, L, d] */
export const embed = (table: tf.Tensor, words: tf.Tensor2D): tf.Tensor3D =>
  tf.gather(table, words) as tf.Tensor3D;

/** 0 for words and −10⁹ for what lies behind a sentence's end, to be added to attention's scores. @returns [n, S] */
export const hideEnds = (source: tf.Tensor2D): tf.Tensor2D =>
  tf.mul(tf.cast(tf.equal(source, 0), "float32"), -1e9) as tf.Tensor2D;

/** [1, 1, L, L]: 0 where position i may see position j ≤ i, else −10⁹. */
export function hideFuture(length: number): tf.Tensor {
  const values = new Float32Array(length * length);
  for (let i = 0; i < length; i++) values.fill(-1e9, i * length + i + 1, (i + 1) * length);
  return tf.tensor(values, [1, 1, length, length]);
}

/**
 * Layer normalisation over the last axis (Ba, Kiros & Hinton 2016), in operations that are right to second order.
 * @param gain [d] @param bias [d]
 */
export function normalise(x: tf.Tensor3D, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor3D {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5));
  return tf.add(tf.mul(tf.mul(centred, scale), gain), bias);
}

/** softmax(QKᵀ/√d + mask)·V for each of h heads (Vaswani et al. 2017, section 3.2). All [n, ·, d]; mask adds to [n, h, L, S]. */
export function attend(
  query: tf.Tensor3D,
  key: tf.Tensor3D,
  value: tf.Tensor3D,
  mask: tf.Tensor,
  heads: number,
): tf.Tensor3D {
  const [n, length, width] = query.shape;
  const source = key.shape[1];
  const part = width / heads;
  const split = (x: tf.Tensor3D): tf.Tensor3D =>
    tf.reshape(tf.transpose(tf.reshape(x, [n, x.shape[1], heads, part]), [0, 2, 1, 3]), [
      n * heads,
      x.shape[1],
      part,
    ]);
  const scores = tf.matMul(tf.mul(split(query), 1 / Math.sqrt(part)), split(key), false, true);
  const masked = tf.add(tf.reshape(scores, [n, heads, length, source]), mask);
  const weights = tf.reshape(tf.softmax(masked), [n * heads, length, source]) as tf.Tensor3D;
  const mixed = tf.reshape(tf.matMul(weights, split(value)), [n, heads, length, part]);
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [n, length, width]);
}

/** sin and cos of the position at geometrically spaced wavelengths (Vaswani et al. 2017, section 3.5). @returns [L, d] */
export function positions(length: number, width: number): tf.Tensor2D {
  const values = Float32Array.from({ length: length * width }, (_, flat) => {
    const [position, i] = [Math.floor(flat / width), flat % width];
    const angle = position / 10_000 ** ((2 * Math.floor(i / 2)) / width);
    return i % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  return tf.tensor2d(values, [length, width]);
}
