import * as tf from "@tensorflow/tfjs-core";
import { initializers, layers } from "@tensorflow/tfjs-layers";

type Built = tf.Tensor | tf.Tensor[];

/** A layer as a user would write it: self-attention with one weight, from primitives. */
class Attention extends layers.Layer {
  static className = "Attention";
  private weight: { read(): tf.Tensor } | undefined;

  override build(shape: number[]): void {
    const width = shape.at(-1)!;
    this.weight = this.addWeight("mixing", [width, width], "float32", initializers.glorotNormal({ seed: 1 }));
    this.built = true;
  }

  override computeOutputShape(shape: number[]): number[] {
    return shape;
  }

  override call(inputs: Built): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor3D;
      const [batch, length, width] = x.shape;
      const mixed = tf.matMul(tf.reshape(x, [-1, width]), this.weight!.read());
      const scores = tf.matMul(tf.reshape(mixed, [batch, length, width]), x, false, true);
      return tf.matMul(tf.softmax(tf.div(scores, Math.sqrt(width))), x);
    });
  }
}

export const layerWithMatMul = (): layers.Layer => new Attention({});
