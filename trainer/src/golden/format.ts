import { readFile } from "node:fs/promises";
import { z } from "zod";
import { LecternError } from "@lectern/shared/errors";

const tensor = z
  .object({ shape: z.array(z.int().min(1)), data: z.array(z.number()) })
  .refine(({ shape, data }) => shape.reduce((a, b) => a * b, 1) === data.length, "data doesn't fill the shape");
const labelled = z.object({ x: tensor, y: z.array(z.int().min(0)) });
const theta = z.object({ W: tensor, b: tensor, V: tensor });

const goldenCase = z.object({
  name: z.string(),
  notes: z.object({
    optimizer: z.object({
      kind: z.enum(["sgd", "momentum", "adam"]),
      lr: z.number().positive(),
      momentum: z.number().optional(),
      weightDecay: z.number().optional(),
      beta1: z.number().optional(),
      beta2: z.number().optional(),
      epsilon: z.number().optional(),
    }),
    metric: z.string(),
  }),
  w0: z.array(tensor).min(1),
  theta,
  batches: z.array(labelled).min(1),
  states: z.array(tensor).min(1),
  dev: labelled,
  expected: z.object({
    losses: z.array(z.number()),
    wT: z.array(tensor),
    metric: z.number(),
    dtheta: theta,
    dw0: z.array(tensor),
  }),
});

export type GoldenTensor = z.infer<typeof tensor>;
export type GoldenCase = z.infer<typeof goldenCase>;

/**
 * Reads a file of golden hypergradients, as `fixtures/hypergradient-reference.py` writes it.
 * @throws LecternError `io`, `invalid-data` with the first place that isn't as expected
 */
export async function readGoldens(path: string): Promise<GoldenCase[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new LecternError("io", `Can't read ${path}.`, "Pass the path of a goldens file (JSON).", { cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LecternError("invalid-data", `${path} isn't JSON.`, "Make it with trainer/fixtures/hypergradient-reference.py.", { cause });
  }
  const result = z.object({ cases: z.array(goldenCase).min(1) }).safeParse(json);
  if (result.success) return result.data.cases;
  const issue = result.error.issues[0]!;
  throw new LecternError(
    "invalid-data",
    `${path} isn't a goldens file: ${issue.path.join(".") || "top level"}: ${issue.message}.`,
    "Make it with trainer/fixtures/hypergradient-reference.py.",
  );
}
