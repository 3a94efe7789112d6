/** Copies `bytes` bytes; the ranges may overlap. */
export function copyBytes(target: usize, source: usize, bytes: usize): void {
  memory.copy(target, source, bytes);
}

/** Sets `bytes` bytes to zero. */
export function fillZero(target: usize, bytes: usize): void {
  memory.fill(target, 0, bytes);
}
