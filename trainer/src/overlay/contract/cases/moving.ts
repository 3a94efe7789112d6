import * as tf from "@tensorflow/tfjs-core";
import { picking, type CaseGroup } from "../case.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export const movingCases: CaseGroup = {
  title: "Moving numbers",
  cases: [
    picking("reshape", [[3, 4]], (x) => tf.reshape(x!, [2, 6]), range(12)),
    picking("expandDims and squeeze", [[3]], (x) => tf.squeeze(tf.expandDims(x!, 1)), range(3)),
    picking("transpose", [[2, 3]], (x) => tf.transpose(x!), [0, 3, 1, 4, 2, 5]),
    picking(
      "transpose of four axes",
      [[1, 2, 2, 3]],
      (x) => tf.transpose(x!, [0, 3, 1, 2]),
      [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11],
    ),
    picking("slice", [[3, 4]], (x) => tf.slice(x!, [1, 1], [2, 2]), [5, 6, 9, 10]),
    picking("reverse", [[2, 3]], (x) => tf.reverse(x!, 1), [2, 1, 0, 5, 4, 3]),
    picking("pad", [[3]], (x) => tf.pad(x!, [[1, 2]]), [-1, 0, 1, 2, -1, -1]),
    picking(
      "pad of an image",
      [[1, 2, 2, 1]],
      (x) =>
        tf.pad(x!, [
          [0, 0],
          [1, 0],
          [0, 1],
          [0, 0],
        ]),
      [-1, -1, -1, 0, 1, -1, 2, 3, -1],
    ),
    picking("tile", [[3]], (x) => tf.tile(x!, [2]), [0, 1, 2, 0, 1, 2]),
    picking(
      "tile of two axes",
      [[2, 2]],
      (x) => tf.tile(x!, [2, 2]),
      [0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3],
    ),
    picking("broadcastTo", [[1, 3]], (x) => tf.broadcastTo(x!, [2, 3]), [0, 1, 2, 0, 1, 2]),
    picking("concat", [[3], [2]], (a, b) => tf.concat([a!, b!]), range(5)),
    picking(
      "concat along the last axis",
      [
        [2, 1],
        [2, 2],
      ],
      (a, b) => tf.concat([a!, b!], 1),
      [0, 2, 3, 1, 4, 5],
    ),
    picking("stack", [[3], [3]], (a, b) => tf.stack([a!, b!], 1), [0, 3, 1, 4, 2, 5]),
    picking("unstack", [[2, 3]], (x) => tf.concat(tf.unstack(x!).toReversed()), [3, 4, 5, 0, 1, 2]),
    picking("gather, an index twice", [[4, 2]], (x) => tf.gather(x!, [3, 0, 3]), [6, 7, 0, 1, 6, 7]),
    picking("gather along the second axis", [[2, 3]], (x) => tf.gather(x!, [2, 0], 1), [2, 0, 5, 3]),
    picking(
      "gather by a table of indices",
      [[3, 2]],
      (x) => tf.gather(x!, tf.tensor2d([2, 1, 1, 0], [2, 2], "int32")),
      [4, 5, 2, 3, 2, 3, 0, 1],
    ),
    picking(
      "unsortedSegmentSum",
      [[3, 2]],
      (x) => tf.unsortedSegmentSum(x!, tf.tensor1d([1, 0, 2], "int32"), 3),
      [2, 3, 0, 1, 4, 5],
    ),
    {
      name: "split and multiply",
      shapes: [[4]],
      operation: (x) => {
        const [left, right] = tf.split(x!, 2) as [tf.Tensor, tf.Tensor];
        return tf.mul(left, right);
      },
      plain: (x) => [x![0]! * x![2]!, x![1]! * x![3]!],
    },
    {
      name: "oneHot as a choice",
      shapes: [[3, 4]],
      operation: (x) => tf.sum(tf.mul(x!, tf.oneHot(tf.tensor1d([1, 3, 0], "int32"), 4)), 1),
      plain: (x) => [x![1]!, x![7]!, x![8]!],
    },
  ],
};
