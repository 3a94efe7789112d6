import { readFile } from "node:fs/promises";
import { z } from "zod";
import { LecternError } from "@lectern/shared/errors";

const tensor = z
  .object({ shape: z.array(z.int().min(1)), data: z.array(z.number()) })
  .refine(
    ({ shape, data }) => shape.reduce((a, b) => a * b, 1) === data.length,
    "data doesn't fill the shape",
  );
const labelled = z.object({ x: tensor, y: z.array(z.int().min(0)) });
const theta = z.object({ W: tensor, b: tensor, V: tensor });

const wholeCase = z.object({
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
export type GoldenCase = z.infer<typeof wholeCase>;

const goldenCase = wholeCase.superRefine((golden, context) => {
  const problem = inconsistencyOf(golden);
  if (problem) context.addIssue({ code: "custom", message: problem });
});

/** What of a case doesn't fit the rest, in words; undefined if all fits. */
function inconsistencyOf({ theta, states, batches, dev, w0, expected }: GoldenCase): string | undefined {
  const [keys, classes] = theta.b.shape;
  const [features] = theta.V.shape;
  const input = batches[0]!.x.shape.slice(1);
  const wrong: [boolean, string][] = [
    [theta.b.shape.length !== 2, "theta.b isn't [keys, classes]"],
    [!has(theta.W, [keys, classes, classes]), "theta.W isn't [keys, classes, classes] for theta.b's"],
    [!has(theta.V, [features, keys]), "theta.V isn't [features, keys] for theta.b's keys"],
    [states.length !== batches.length, `there are ${states.length} states for ${batches.length} batches`],
    [!states.every((state) => has(state, [features])), "a state is not as long as theta.V has rows"],
    [
      ![...batches, dev].every(({ x, y }) => has(x, [y.length, ...input])),
      "the x of a batch, or of dev, isn't [its y's length, …the first batch's shape]",
    ],
    [
      ![...batches, dev].every(({ y }) => y.every((label) => label < classes!)),
      "a label is no class of theta.b's",
    ],
    [
      !(["W", "b", "V"] as const).every((name) => has(expected.dtheta[name], theta[name].shape)),
      "expected.dtheta hasn't theta's shapes",
    ],
    [
      ![expected.dw0, expected.wT].every((list) => alike(list, w0)),
      "expected.dw0 or expected.wT hasn't w0's shapes",
    ],
  ];
  return wrong.find(([is]) => is)?.[1];
}

const has = ({ shape }: GoldenTensor, expected: readonly (number | undefined)[]): boolean =>
  shape.join() === expected.join();
const alike = (a: readonly GoldenTensor[], b: readonly GoldenTensor[]): boolean =>
  a.length === b.length && a.every((t, i) => has(t, b[i]!.shape));

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
    throw new LecternError(
      "invalid-data",
      `${path} isn't JSON.`,
      "Make it with trainer/fixtures/hypergradient-reference.py.",
      { cause },
    );
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
