import { readWeights } from "@lectern/shared/artifact";
import { LecternError } from "@lectern/shared/errors";
import type { Manifest } from "@lectern/shared/schema";
import { openNetwork, type TeacherTensors } from "@lectern/client/lesson";
import type { Subject } from "@lectern/client/inspect";
import { loadFamily } from "../family/index.ts";
import { isArtifactFolder, readArtifact } from "../release/index.ts";
import { loadTaskData } from "../task/index.ts";
import type { TeacherSpec } from "@lectern/shared/teacher";
import { hasMemory } from "../recurrent/index.ts";
import { networkOf, readCheckpoint, readConfig, teacherSpecOf } from "../train/index.ts";

/** A released teacher, verified already. */
export function explainedRelease(manifest: Manifest, tensors: TeacherTensors): Subject {
  return {
    label: `${manifest.name} ${manifest.version}`,
    network: openNetwork(manifest, tensors),
    recipe: manifest.recipe,
    classNames: manifest.classes.names,
  };
}

/**
 * A teacher in a folder: one that `lectern pull` wrote, or a run's best θ.
 * @throws LecternError `not-found` if the folder holds neither; `integrity` if a pulled one was tampered with
 */
export async function openTeacherFolder(
  folder: string,
  { dataDir }: { dataDir?: string | undefined } = {},
): Promise<Subject> {
  if (await isArtifactFolder(folder)) {
    const { manifest, weights } = await readArtifact(folder);
    return explainedRelease(manifest, readWeights(weights) as TeacherTensors);
  }
  const config = await readConfig(folder);
  const { best } = await readCheckpoint(folder);
  if (!best)
    throw new LecternError(
      "not-found",
      `${folder} has no validated θ yet.`,
      "Let it train to its first validation.",
    );
  const { classNames } = (await loadTaskData(config.task, { dataDir })).train;
  await loadFamily(config.teacher.family, classNames.length);
  const { spec, theta, features, measurement } = networkOf(
    config,
    teacherSpecOf(config, classNames.length),
    best.theta,
  );
  if (hasMemory(spec))
    throw new LecternError(
      "unsupported",
      `${folder} has a teacher with a memory, whose loss depends on more than the student's present state.`,
      "Explain one with --architecture attention or gate.",
    );
  return {
    label: folder.replaceAll(/[^\p{L}\p{N} ._/@-]/gu, "_"),
    network: { spec: spec as TeacherSpec, theta, features, measurement },
    recipe: config.recipe,
    classNames,
  };
}
