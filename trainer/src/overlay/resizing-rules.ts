import {
  concat,
  engine,
  getBackend,
  ResizeBilinear,
  ResizeBilinearGrad,
  ResizeNearestNeighbor,
  ResizeNearestNeighborGrad,
  slice,
  zeros,
  type NamedAttrMap,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { defineRule, type GradientRule } from "./rule.ts";

interface ResizeAttrs {
  alignCorners: boolean;
  halfPixelCenters: boolean;
  size: [number, number];
}

const run = (kernelName: string, inputs: Record<string, Tensor>, attrs: object): Tensor =>
  engine().runKernel(kernelName, inputs, attrs as NamedAttrMap);

/** Resizing is linear in the image: the gradient of its gradient is resizing again. */
const resizing = (gradientName: string, kernelName: string): GradientRule =>
  defineRule<ResizeAttrs>({
    kernelName: gradientName,
    inputsToSave: ["dy", "images"],
    gradient: (ddx, saved, { alignCorners, halfPixelCenters }) => {
      const [dy, images] = saved as [Tensor, Tensor];
      const size = dy.shape.slice(1, 3);
      return {
        dy: () => run(kernelName, { images: ddx }, { alignCorners, halfPixelCenters, size }),
        // Their numbers play no part, only their shape.
        images: () => zeros(images.shape),
      };
    },
  });

/** The cpu backend's ResizeNearestNeighborGrad is wrong for more than one image: there each goes by itself. */
function gradientOfNearest(dy: Tensor, images: Tensor, attrs: ResizeAttrs): Tensor {
  const gradient = (at: Tensor, of: Tensor): Tensor =>
    run(ResizeNearestNeighborGrad, { dy: at, images: of }, attrs);
  const count = images.shape[0]!;
  if (getBackend() !== "cpu" || count === 1) return gradient(dy, images);
  const nth = (tensor: Tensor, n: number): Tensor =>
    slice(tensor, [n, 0, 0, 0], [1, ...tensor.shape.slice(1)]);
  return concat(Array.from({ length: count }, (_, n) => gradient(nth(dy, n), nth(images, n))));
}

export const resizingRules: readonly GradientRule[] = [
  resizing(ResizeBilinearGrad, ResizeBilinear),
  resizing(ResizeNearestNeighborGrad, ResizeNearestNeighbor),
  defineRule<ResizeAttrs>({
    kernelName: ResizeNearestNeighbor,
    inputsToSave: ["images"],
    gradient: (dy, [images], attrs) => ({ images: () => gradientOfNearest(dy, images!, attrs) }),
  }),
];
