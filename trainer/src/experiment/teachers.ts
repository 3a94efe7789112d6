import { basename, join } from "node:path";
import { LecternError } from "@lectern/shared/errors";
import type { NamedTeacher } from "../evaluate/index.ts";
import { loadFamily } from "../family/index.ts";
import { layoutOf } from "../recurrent/index.ts";
import { networkOf, readCheckpoint, readConfig, teacherSpecOf } from "../train/index.ts";
import type { Plan, PlannedCell, PlannedTeacher } from "./plan.ts";

export interface OpenedTeacher {
  readonly teacher: NamedTeacher;
  /** The meta-training that it came from; null for a run of its own. */
  readonly run: number | null;
}

/** A cell's teachers: of several meta-trainings, the one whose θ had the lowest validation error. */
export function openTeachers(
  cell: PlannedCell,
  plan: Plan,
  { folder, classes }: { readonly folder: string; readonly classes: number },
): Promise<OpenedTeacher[]> {
  return Promise.all(
    cell.teachers.map(async ({ name, from }) => {
      if (typeof from === "string")
        return { teacher: await openTeacher(name, from, classes, cell), run: null };
      const run = await bestOf(from, plan, folder);
      return {
        teacher: await openTeacher(name, join(folder, plan.runs[run]!.folder), classes, cell),
        run,
      };
    }),
  );
}

async function bestOf(from: Exclude<PlannedTeacher["from"], string>, plan: Plan, folder: string) {
  const errors = await Promise.all(
    from.map(async (at) => (await readCheckpoint(join(folder, plan.runs[at]!.folder))).best?.error ?? 1),
  );
  return from[errors.indexOf(Math.min(...errors))]!;
}

async function openTeacher(
  name: string,
  run: string,
  classes: number,
  { task, student }: PlannedCell,
): Promise<NamedTeacher> {
  const config = await readConfig(run);
  const { best } = await readCheckpoint(run);
  if (!best)
    throw new LecternError(
      "not-found",
      `${basename(run)} has no validated θ yet.`,
      "Let it train to its first validation.",
    );
  await loadFamily(config.teacher.family, classes);
  const spec = teacherSpecOf(config, classes);
  const network = networkOf(config, spec, best.theta);
  for (const [block, shape] of layoutOf(spec).map(({ name, shape }) => [name, shape] as const))
    if (best.theta[block]?.shape.join() !== shape.join())
      throw new LecternError(
        "invalid-argument",
        `The teacher ${name} can't teach ${task}, ${student}: its ${block} is [${best.theta[block]?.shape ?? "missing"}], and ${classes} classes ask for [${shape}].`,
        "Meta-train one for that number of classes, or a family that serves any, with features that do.",
      );
  const { theta, features, measurement } = network;
  return { name, label: name, network: { spec: network.spec, theta, features, measurement } };
}
