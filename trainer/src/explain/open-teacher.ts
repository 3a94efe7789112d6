import { readWeights } from "@lectern/shared/artifact";
import { LecternError } from "@lectern/shared/errors";
import type { Manifest, Recipe } from "@lectern/shared/schema";
import { openNetwork, type TeacherNetwork, type TeacherTensors } from "@lectern/client/lesson";
import { loadFamily } from "../family/index.ts";
import { isArtifactFolder, readArtifact } from "../release/index.ts";
import { loadTaskData } from "../task/index.ts";
import { networkOf, readCheckpoint, readConfig, teacherSpecOf } from "../train/index.ts";

/** A teacher to be explained, wherever it came from. */
export interface Explained {
  /** "glyphs-noise 1.0.0", or a run's folder: printable, on one line. */
  readonly label: string;
  readonly network: TeacherNetwork;
  readonly recipe: Recipe;
  readonly classNames: readonly string[];
}

/** A released teacher, verified already. */
export function explainedRelease(manifest: Manifest, tensors: TeacherTensors): Explained {
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
): Promise<Explained> {
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
  return {
    label: folder.replaceAll(/[^\p{L}\p{N} ._/@-]/gu, "_"),
    network: { spec, theta, features, measurement },
    recipe: config.recipe,
    classNames,
  };
}
