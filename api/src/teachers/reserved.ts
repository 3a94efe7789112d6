import { skeletonOf } from "./look-alike.ts";

/** Words of the API's paths and of programs, and Windows' device names, which can't be folders. */
const words =
  "admin api aux audit con constructor docs emit false healthz help index keys latest login lpt1 com1 me metrics nan new " +
  "null nul official openapi operator owner owners page prn prototype public private readyz results root search self " +
  "static status sweep system tag tags teacher teachers token tokens true undefined upload uploads verified version " +
  "versions weights whoami www";
/** Made when it is first asked for, not at each start of the Worker. */
let skeletons: ReadonlySet<string> | undefined;
const own = skeletonOf("lectern");

/**
 * True for a name that nobody can have, or that can be taken for such a one, and for those that begin with Lectern's own
 * name, or look like it, which only its owner `lectern` can have.
 */
export function isReserved(name: string, owner: string): boolean {
  const skeleton = skeletonOf(name);
  skeletons ??= new Set(words.split(" ").map(skeletonOf));
  return skeletons.has(skeleton) || (owner !== "lectern" && skeleton.startsWith(own));
}
