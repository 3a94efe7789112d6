/** Copies `bytes` bytes; the ranges may overlap. */
export function copyBytes(target: usize, source: usize, bytes: usize): void {
  memory.copy(target, source, bytes);
}
