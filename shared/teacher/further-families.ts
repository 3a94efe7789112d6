import { registerFamily, type LossFamilySpec } from "./family.ts";
import { invariant } from "./invariant.ts";
import { taylor } from "./taylor.ts";

/**
 * Families that a manifest can name beside those that every client has; all of these know no classes, so that their
 * teachers serve any number of them.
 */
export const furtherFamilies = { invariant, taylor } as const satisfies Readonly<
  Record<string, LossFamilySpec>
>;

/** Makes them known in this thread: before a teacher of theirs is opened. Twice is harmless. */
export function registerFurtherFamilies(): void {
  for (const [name, spec] of Object.entries(furtherFamilies)) registerFamily(name, spec);
}

/** Whether teachers of a family serve any number of classes: their weights don't depend on it. */
export const servesAnyClasses = (family: string): boolean => Object.hasOwn(furtherFamilies, family);
