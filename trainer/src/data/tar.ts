import { LecternError } from "@lectern/shared/errors";

/** A regular file of an archive. */
export interface TarEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const block = 512;

/**
 * The regular files of an uncompressed tar archive (ustar; long names and sparse files aren't needed here).
 *
 * @throws LecternError `invalid-data` for a wrong header checksum or an archive that ends inside a file.
 */
export function* readTar(archive: Uint8Array, path: string): Generator<TarEntry> {
  const text = (from: number, length: number) => {
    const field = archive.subarray(from, from + length);
    const end = field.indexOf(0);
    return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end)).trim();
  };
  for (let at = 0; at + block <= archive.length;) {
    // Two blocks of zeros end an archive.
    if (archive[at] === 0) return;
    let sum = 0;
    for (let i = 0; i < block; i++) sum += i >= 148 && i < 156 ? 32 : archive[at + i]!;
    const size = Number.parseInt(text(at + 124, 12), 8);
    const end = at + block + size;
    if (sum !== Number.parseInt(text(at + 148, 8), 8) || !(end <= archive.length))
      throw new LecternError(
        "invalid-data",
        `${path} is damaged or truncated at byte ${at}.`,
        "Fetch it again.",
      );
    const type = archive[at + 156];
    if (type === 0 || type === 0x30) yield { name: text(at, 100), bytes: archive.subarray(at + block, end) };
    at += block + Math.ceil(size / block) * block;
  }
}
