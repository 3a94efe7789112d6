import { crc32, deflateSync } from "node:zlib";

/**
 * A table whose two numbers tell the class apart: labels are the small teacher's digits, or names of one's own.
 *
 * @param labels one for each class
 */
export function flowerTable(labels: readonly string[], rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const k = i % labels.length;
    const [x, y] = [k + 0.3 * Math.sin(7 * i), (k % 3) + 0.3 * Math.cos(5 * i)];
    return `${x.toFixed(3)},${y.toFixed(3)},meadow,${labels[k]}`;
  });
  return ["length,width,place,species", ...lines].join("\n");
}

/** A grey PNG of 16 × 16 pixels. */
export function greyImage(paint: (x: number, y: number) => number): Buffer {
  const side = 16;
  const rows = Array.from({ length: side }, (_, y) => [
    0,
    ...Array.from({ length: side }, (_, x) => paint(x, y)),
  ]);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  // Eight bits, grey.
  head[8] = 8;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(Buffer.from(rows.flat()))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
