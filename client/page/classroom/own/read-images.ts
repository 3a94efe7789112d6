import { LecternError } from "@lectern/shared/errors";
import { checkOwnData, type OwnData } from "./own-data.ts";

/** A file of a folder, with its path in it. */
export interface FoundFile {
  readonly path: string;
  readonly file: File;
}

export interface ImageOptions {
  /** Images become squares of so many pixels a side. */
  readonly side: number;
  readonly colour: boolean;
  onProgress?(done: number, all: number): void;
}

const mostImages = 20_000;
/** Of one image. Bytes. */
const largestImage = 20_000_000;
/** How many are decoded at once: bounds memory. */
const together = 16;

const imageName = /\.(png|jpe?g|gif|webp|bmp|avif)$/i;
const isImage = ({ path, file }: FoundFile): boolean =>
  file.type.startsWith("image/") || imageName.test(path);

/**
 * The labels that paths give, and the name of the whole: the folder of each image (`cats/7.png`); where all lie in one
 * folder, what stands before the number of each name (`cat-07.png`). Undefined for a path that gives none.
 */
export function labelPaths(paths: readonly string[]): {
  readonly source: string;
  readonly labels: readonly (string | undefined)[];
} {
  const parts = paths.map((path) => path.split("/").filter((part) => part !== "" && part !== "."));
  const folders = parts.map((part) => part.at(-2));
  const names = parts.map((part) => /^(.+?)[-_. ]+\d+\.[^.]+$/.exec(part.at(-1)!)?.[1]);
  const tops = new Set(parts.map((part) => (part.length > 1 ? part[0] : undefined)));
  const source = tops.size === 1 ? ([...tops][0] ?? "images") : "images";
  return { source, labels: new Set(folders).size > 1 ? folders : names };
}

/**
 * Decodes a folder of images; each class is a folder in it. What isn't an image is left out.
 *
 * @returns x [count, side, side, 1 or 3], 0 … 1
 * @throws LecternError `invalid-data`: no images, no labels, images that can't be read, too many or too large ones
 */
export async function readImages(
  found: readonly FoundFile[],
  { side, colour, onProgress }: ImageOptions,
): Promise<OwnData> {
  const images = found.filter(isImage).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const { source, labels: given } = labelPaths(images.map(({ path }) => path));
  const refuse = (problem: string, remedy: string): never => {
    throw new LecternError("invalid-data", problem, remedy);
  };
  if (images.length === 0)
    refuse(
      `None of the ${found.length} files is an image, and none a CSV file.`,
      "Choose one CSV file, or a folder of PNG, JPEG, WebP or GIF images.",
    );
  if (images.length > mostImages)
    refuse(
      `${source} has ${images.length.toLocaleString("en")} images, expected at most ${mostImages.toLocaleString("en")}.`,
      "Take a sample of them.",
    );
  const large = images.find(({ file }) => file.size > largestImage);
  if (large)
    refuse(
      `${large.path} has ${Math.round(large.file.size / 1e6)} MB, expected at most ${largestImage / 1e6}.`,
      "Make it smaller, or leave it out.",
    );
  const labels = given.map(
    (label, i) =>
      label ??
      refuse(
        `${images[i]!.path} has no label: it lies in no folder of its class, and its name isn't like cat-01.png.`,
        "Put each class into a folder of its own.",
      ),
  );
  checkOwnData({ kind: "images", source, labels });
  const channels = colour ? 3 : 1;
  const size = side * side * channels;
  const x = new Float32Array(images.length * size);
  const broken: string[] = [];
  for (let start = 0; start < images.length; start += together) {
    await Promise.all(
      images.slice(start, start + together).map(async ({ path, file }, i) => {
        const pixels = await decode(file, side).catch(() => undefined);
        if (pixels) write(pixels, x.subarray((start + i) * size, (start + i + 1) * size), channels);
        else broken.push(path);
      }),
    );
    onProgress?.(Math.min(start + together, images.length), images.length);
  }
  if (broken.length > 0)
    refuse(
      `${broken.length} of ${images.length} images can't be read: ${broken.toSorted().slice(0, 3).join(", ")}${broken.length > 3 ? ", …" : ""}.`,
      "Take them out of the folder, and choose it again.",
    );
  return { kind: "images", source, x, shape: [side, side, channels], labels, columns: [] };
}

/** RGBA, 0 … 255, on white where it is transparent. */
async function decode(file: File, side: number): Promise<Uint8ClampedArray> {
  const bitmap = await createImageBitmap(file, {
    resizeWidth: side,
    resizeHeight: side,
    resizeQuality: "high",
  });
  try {
    const context = new OffscreenCanvas(side, side).getContext("2d")!;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, side, side);
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, side, side).data;
  } finally {
    bitmap.close();
  }
}

/** Luma of Rec. 601, or the three colours; 0 … 1. */
function write(pixels: Uint8ClampedArray, into: Float32Array, channels: 1 | 3): void {
  for (let p = 0; p < pixels.length / 4; p++) {
    const [red, green, blue] = [pixels[4 * p]! / 255, pixels[4 * p + 1]! / 255, pixels[4 * p + 2]! / 255];
    if (channels === 1) into[p] = 0.299 * red + 0.587 * green + 0.114 * blue;
    else into.set([red, green, blue], 3 * p);
  }
}
