/** What workerd's crypto has beyond the DOM's types. */
interface SubtleCrypto {
  /** @throws TypeError for buffers of different lengths */
  timingSafeEqual(a: ArrayBufferView | ArrayBuffer, b: ArrayBufferView | ArrayBuffer): boolean;
}

interface Crypto {
  /** Digests what is written to it, without ever holding it. */
  DigestStream: new (
    algorithm: string,
  ) => WritableStream<Uint8Array> & { readonly digest: Promise<ArrayBuffer> };
}
