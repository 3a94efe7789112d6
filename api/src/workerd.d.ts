/** What workerd's crypto has beyond the DOM's types. */
interface SubtleCrypto {
  /** @throws TypeError for buffers of different lengths */
  timingSafeEqual(a: ArrayBufferView | ArrayBuffer, b: ArrayBufferView | ArrayBuffer): boolean;
}
