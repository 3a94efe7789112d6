/** Bytes handed to the network at a time. */
const pieceBytes = 65_536;

/**
 * A request's init for uploading bytes, with progress where `fetch` can stream: in Node. Browsers stream over HTTP/2 in
 * some versions only, so there the bytes go at once and nothing is told in between.
 *
 * The length is stated, as R2 takes no stream of unknown length.
 *
 * @param onSent told how many bytes have gone, at each piece
 */
export function uploadInit(
  bytes: Uint8Array,
  headers: Record<string, string>,
  onSent: (sent: number) => void,
): RequestInit {
  if (!globalThis.process?.versions?.node) return { headers, body: bytes as Uint8Array<ArrayBuffer> };
  let sent = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (sent > 0) onSent(sent);
        if (sent === bytes.length) return controller.close();
        const piece = bytes.slice(sent, sent + pieceBytes);
        sent += piece.length;
        controller.enqueue(piece);
      },
    },
    // Nothing is pulled ahead: what is told as sent was taken by the network.
    { highWaterMark: 0 },
  );
  // TypeScript's DOM types have no duplex; Node asks for it.
  const streaming = { body, duplex: "half", headers: { ...headers, "content-length": String(bytes.length) } };
  return streaming;
}
