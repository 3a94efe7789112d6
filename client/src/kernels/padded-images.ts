import { companionOf } from "./companion/load.ts";
import type { WasmBackend } from "./wasm-backend.ts";

/** Images [count, height, width, channels] in the backend's memory, and the zeros that they need around. */
export interface Border {
  height: number;
  width: number;
  channels: number;
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** Bytes of padded images at a time: they stay in the second-level cache until they are used. */
const groupBytes = 256 * 1024;

export const paddedHeight = ({ height, top, bottom }: Border): number => top + height + bottom;
export const paddedWidth = ({ width, left, right }: Border): number => left + width + right;

const hasBorder = ({ top, bottom, left, right }: Border): boolean => top + bottom + left + right > 0;
const paddedBytes = (border: Border): number =>
  paddedHeight(border) * paddedWidth(border) * border.channels * 4;

/** How many images are padded at once: all of them if there is nothing to pad. */
export function groupSize(border: Border, count: number): number {
  if (!hasBorder(border)) return count;
  return Math.min(count, Math.max(1, Math.floor(groupBytes / Math.max(paddedBytes(border), 1))));
}

/** Work space that {@link visitPadded} needs. */
export function groupWorkBytes(border: Border, count: number): number {
  return hasBorder(border) ? groupSize(border, count) * paddedBytes(border) : 0;
}

/**
 * Calls `visit` with the address of a group of padded images, the number of the first one and how many they are. Images
 * that need no border are used where they lie.
 */
export function visitPadded(
  images: number,
  count: number,
  border: Border,
  work: number,
  backend: WasmBackend,
  visit: (address: number, first: number, count: number) => void,
): void {
  const size = groupSize(border, count);
  const pixel = border.channels * 4;
  const imageBytes = border.height * border.width * pixel;
  for (let first = 0; first < count; first += size) {
    const some = Math.min(size, count - first);
    const address = images + first * imageBytes;
    if (hasBorder(border))
      companionOf(backend).padImages(
        work,
        address,
        some,
        border.height,
        border.width * pixel,
        border.top,
        border.bottom,
        border.left * pixel,
        border.right * pixel,
      );
    visit(hasBorder(border) ? work : address, first, some);
  }
}

/** The border that a convolution's windows need; what no window reaches needs none. */
export function borderOfInput(info: {
  inHeight: number;
  inWidth: number;
  inChannels: number;
  outHeight: number;
  outWidth: number;
  strideHeight: number;
  strideWidth: number;
  effectiveFilterHeight: number;
  effectiveFilterWidth: number;
  padInfo: { top: number; left: number };
}): Border {
  const { top, left } = info.padInfo;
  const bottomReach = (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight;
  const rightReach = (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth;
  return {
    height: info.inHeight,
    width: info.inWidth,
    channels: info.inChannels,
    top,
    bottom: Math.max(0, bottomReach - info.inHeight - top),
    left,
    right: Math.max(0, rightReach - info.inWidth - left),
  };
}
