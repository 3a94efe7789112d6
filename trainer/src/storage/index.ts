export { canonicalJson, fingerprint } from "./canonical-json.ts";
export { writeAtomically } from "./write-atomically.ts";
