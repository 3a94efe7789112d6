import { z } from "zod";

/** RFC 9457 problem details, with a remedy: the body of every error that the API answers. */
export const problem = z.object({
  /** Stable: `https://lectern.dev/problems/<kind>`. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  remedy: z.string(),
  requestId: z.string(),
});
export type Problem = z.infer<typeof problem>;
