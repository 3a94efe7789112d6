export { checkFamily } from "./check-family.ts";
export { expectFamilyName, familyNames, loadFamily } from "./load-family.ts";
