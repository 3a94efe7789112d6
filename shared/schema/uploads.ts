import { z } from "zod";
import { sha256 } from "./names.ts";

/** The largest weights that can be published. Bytes. */
export const maxWeightsBytes = 256_000_000;

/** POST /v1/uploads: begins an upload in parts, or finds the one that the owner began of the same weights. */
export const uploadRequest = z.strictObject({ sha256, bytes: z.int().min(8).max(maxWeightsBytes) });

export const uploadStatus = z.object({
  id: z.string(),
  sha256,
  bytes: z.int(),
  /** Every part but the last has this many bytes. */
  partBytes: z.int(),
  /** Those that have arrived, counted from 1. */
  parts: z.array(z.int()),
});

export type UploadStatus = z.infer<typeof uploadStatus>;
