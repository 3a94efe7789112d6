import type { Manifest, Release, SignedManifest } from "@lectern/shared/schema";
import { servesAnyClasses } from "@lectern/shared/teacher";
import { fitClasses, distinct, type Fit } from "./fit-classes.ts";
import type { OwnData } from "./own-data.ts";

/** Whether a teacher can teach a user's data. */
export interface Fitting {
  /** name@version */
  readonly spec: string;
  /**
   * How labels become its classes; `any`: it serves whatever classes there are; `order` only if the user wants it;
   * undefined: it can't.
   */
  readonly how: Fit["how"] | "any" | undefined;
  /** Why labels aren't its classes by name. */
  readonly problem: string | undefined;
}

/**
 * Which teachers know the classes of some data. What a manifest says is only a hint here: the lesson checks its
 * signature.
 */
export async function teachersFor(
  { labels }: Pick<OwnData, "labels">,
  releases: readonly Release[],
): Promise<readonly Fitting[]> {
  return Promise.all(
    releases.map(async (release) => {
      const spec = `${release.name}@${release.version}`;
      const said = await ask(release);
      return said
        ? { spec, ...fitOf(labels, said) }
        : { spec, how: undefined, problem: `What classes ${spec} knows can't be asked now.` };
    }),
  );
}

function fitOf(labels: readonly string[], { classes, loss, state }: Said): Pick<Fitting, "how" | "problem"> {
  const names = distinct(labels);
  const any = servesAnyClasses(loss.family) && state.featureSet !== "full";
  // Of its own classes it needs none that don't occur.
  if (any && names.join() !== distinct(classes.names).join()) return { how: "any", problem: undefined };
  try {
    return { how: fitClasses(labels, classes).how, problem: undefined };
  } catch (error) {
    const asMany = names.length === classes.count;
    return { how: asMany ? "order" : undefined, problem: (error as Error).message };
  }
}

type Said = Pick<Manifest, "classes" | "loss" | "state">;

const known = new Map<string, Promise<Said | undefined>>();

function ask({ name, version }: Release): Promise<Said | undefined> {
  const path = `v1/teachers/${name}/versions/${version}`;
  const asked = known.get(path) ?? fetchManifest(path);
  known.set(path, asked);
  void asked.then((said) => said ?? known.delete(path));
  return asked;
}

async function fetchManifest(path: string): Promise<Said | undefined> {
  try {
    const response = await fetch(path);
    const { manifest } = (await response.json()) as SignedManifest;
    const said = JSON.parse(manifest) as Said;
    return Array.isArray(said.classes.names) && said.loss.family && said.state.featureSet ? said : undefined;
  } catch {
    return undefined;
  }
}
