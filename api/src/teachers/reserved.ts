/** Words of the API's paths and of programs, and Windows' device names, which can't be folders. */
const words = new Set(
  (
    "admin api aux audit con constructor docs emit false healthz help index keys latest login lpt1 com1 me metrics nan new " +
    "null nul official openapi operator owner owners page prn prototype public private readyz results root search self " +
    "static status sweep system tag tags teacher teachers token tokens true undefined upload uploads verified version " +
    "versions weights whoami www"
  ).split(" "),
);

/** True for a name that nobody can have, and for those in Lectern's own name that only its owner `lectern` can. */
export function isReserved(name: string, owner: string): boolean {
  return words.has(name) || (owner !== "lectern" && /^lectern(-|$)/.test(name));
}
