/** Bytes that the table of row addresses takes at the start of the work space (contraction.ts in client/kernels-wasm). */
export const tableBytes = 512;

/** Bytes between one panel of 8 columns and the next, for `inner` numbers a column. */
export const panelBytesFor = (inner: number): number => inner * 32;

/** Bytes of all panels of a matrix [inner, columns]. */
export const packedBytes = (inner: number, columns: number): number =>
  Math.ceil(columns / 8) * panelBytesFor(inner);
