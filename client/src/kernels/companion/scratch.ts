import { LecternError } from "@lectern/shared/errors";
import type { WasmBackend } from "../wasm-backend.ts";

interface Buffer {
  address: number;
  bytes: number;
}

const buffers = new WeakMap<WasmBackend, Buffer>();

/**
 * The address of `bytes` bytes of work space, aligned to 64, in the backend's memory. There is one buffer a backend, which
 * only grows: what it holds is lost with the next call. It comes from the backend's own malloc and may grow the memory,
 * so views of the heap are to be made afterwards.
 *
 * @throws LecternError `unsupported` if the memory is exhausted (4 GB)
 */
export function scratchOf(backend: WasmBackend, bytes: number): number {
  const { _malloc: allocate, _free: release } = backend.wasm;
  let buffer = buffers.get(backend);
  if (buffer === undefined || buffer.bytes < bytes) {
    if (buffer !== undefined) release(buffer.address);
    buffers.delete(backend);
    const address = allocate(bytes + 64) >>> 0;
    if (address === 0)
      throw new LecternError(
        "unsupported",
        `The wasm backend has no memory left for ${bytes} bytes of work space.`,
        "Use a smaller batch.",
      );
    buffer = { address, bytes };
    buffers.set(backend, buffer);
  }
  return Math.ceil(buffer.address / 64) * 64;
}
