import type { Release, SignedManifest } from "@lectern/shared/schema";
import { fitClasses, distinct, type ClassList, type Fit } from "./fit-classes.ts";
import type { OwnData } from "./own-data.ts";

/** Whether a teacher can teach a user's data. */
export interface Fitting {
  /** name@version */
  readonly spec: string;
  /** How labels become its classes; `order` only if the user wants it; undefined: it can't. */
  readonly how: Fit["how"] | undefined;
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
      const classes = await classesOf(release);
      return classes
        ? { spec, ...fitOf(labels, classes) }
        : { spec, how: undefined, problem: `What classes ${spec} knows can't be asked now.` };
    }),
  );
}

function fitOf(labels: readonly string[], classes: ClassList): Pick<Fitting, "how" | "problem"> {
  try {
    return { how: fitClasses(labels, classes).how, problem: undefined };
  } catch (error) {
    const asMany = distinct(labels).length === classes.count;
    return { how: asMany ? "order" : undefined, problem: (error as Error).message };
  }
}

const known = new Map<string, Promise<ClassList | undefined>>();

function classesOf({ name, version }: Release): Promise<ClassList | undefined> {
  const path = `v1/teachers/${name}/versions/${version}`;
  const asked = known.get(path) ?? ask(path);
  known.set(path, asked);
  void asked.then((classes) => classes ?? known.delete(path));
  return asked;
}

async function ask(path: string): Promise<ClassList | undefined> {
  try {
    const response = await fetch(path);
    const { manifest } = (await response.json()) as SignedManifest;
    const { classes } = JSON.parse(manifest) as { classes: ClassList };
    return Array.isArray(classes.names) ? classes : undefined;
  } catch {
    return undefined;
  }
}
