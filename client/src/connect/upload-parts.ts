import { readUploadStatus, readWeightsReceipt } from "@lectern/shared/artifact";
import { isLecternError } from "@lectern/shared/errors";
import { requestAnswer } from "./request-json.ts";
import type { Transport } from "./transport.ts";
import { uploadInit } from "./upload.ts";

/** Smaller weights are simply sent again when they didn't arrive. Bytes. */
export const largestWhole = 5 * 1024 * 1024;

export interface PartsUpload {
  sha256: string;
  weights: Uint8Array;
  /** With the token; the redirects that none may follow. */
  write: { redirect: "manual"; headers: Readonly<Record<string, string>> };
  /** Told how many bytes the API has, and those on their way. */
  tell: (sentBytes: number) => void;
}

/**
 * Uploads weights in parts, each with its digest, and goes on where an earlier attempt, also of another process, broke off:
 * the API says which parts have arrived.
 *
 * @throws LecternError what {@link publishTeacher} throws
 */
export async function uploadInParts(
  transport: Transport,
  { sha256, weights, write, tell }: PartsUpload,
): Promise<void> {
  const { id, partBytes, parts } = await requestAnswer(transport, "/v1/uploads", readUploadStatus, () => ({
    ...write,
    method: "POST",
    headers: { ...write.headers, "content-type": "application/json" },
    body: JSON.stringify({ sha256, bytes: weights.length }),
  }));
  const count = Math.ceil(weights.length / partBytes);
  const cut = (part: number) => weights.subarray((part - 1) * partBytes, part * partBytes);
  let arrived = parts.reduce((bytes, part) => bytes + cut(part).length, 0);
  tell(arrived);
  for (let part = 1; part <= count; part++) {
    if (parts.includes(part)) continue;
    const bytes = cut(part);
    const headers = {
      ...write.headers,
      "content-type": "application/octet-stream",
      "content-digest": `sha-256=:${await digestOf(bytes)}:`,
    };
    // Where fetch doesn't tell how an upload proceeds, a slow line is given time for 50 kB a second.
    const patient = { ...transport, timeoutMs: transport.timeoutMs + bytes.length / 50 };
    await requestAnswer(patient, `/v1/uploads/${id}/parts/${part}`, readUploadStatus, (alive) => ({
      ...write,
      method: "PUT",
      ...uploadInit(bytes, headers, (sent) => {
        alive();
        tell(Math.min(arrived + sent, weights.length - 1));
      }),
    }));
    arrived += bytes.length;
  }
  // The API reads all of it once more to check its digest.
  const patient = { ...transport, timeoutMs: transport.timeoutMs + weights.length / 10_000 };
  await requestAnswer(patient, `/v1/uploads/${id}/completion`, readWeightsReceipt, () => ({
    ...write,
    method: "POST",
  })).catch((error: unknown) => {
    // Completed by an attempt whose answer was lost: if it wasn't, publishing says that the weights are missing.
    if (!isLecternError(error) || error.code !== "not-found") throw error;
  });
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
