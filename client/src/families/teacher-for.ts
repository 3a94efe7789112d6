import { LecternError } from "@lectern/shared/errors";
import type { Manifest } from "@lectern/shared/schema";
import { featuresOf, registerFurtherFamilies, servesAnyClasses } from "@lectern/shared/teacher";
import { createTeacher, type Teacher, type TeacherTensors } from "../teacher/index.ts";

/**
 * A teacher whose family knows no classes (`invariant`, `taylor`), opened for a task of other classes than it was
 * meta-trained on. It must look at states that have no number a class either: feature sets `pooled`, `no-dev`, `time`.
 *
 * @param pulled manifest and tensors, as `connect(…).teacher(…)` of @lectern/client/connect gives them
 * @param classNames of the student's task, in the order of its outputs
 * @throws LecternError `unsupported` for a teacher that has weights of its own for each class; `invalid-argument` for
 *   fewer than two names, or one twice
 * @example
 * ```ts
 * const pulled = await connect("https://teachers.example").teacher("any-classes@^1.0");
 * const teacher = teacherFor(pulled, ["setosa", "versicolor", "virginica"]);
 * await teacher.teach(model, { train: { x, y }, dev: { x: devX, y: devY } });
 * ```
 */
export function teacherFor(
  { manifest, tensors }: { readonly manifest: Manifest; readonly tensors: TeacherTensors },
  classNames: readonly string[],
): Teacher {
  registerFurtherFamilies();
  return createTeacher({ manifest: manifestFor(manifest, classNames), tensors });
}

/** The manifest as it would be, had the teacher been made for these classes. */
export function manifestFor(manifest: Manifest, classNames: readonly string[]): Manifest {
  const { name, version, loss, state } = manifest;
  const count = classNames.length;
  if (count < 2 || new Set(classNames).size !== count)
    throw new LecternError(
      "invalid-argument",
      `The classes are ${classNames.slice(0, 12).join(", ") || "none"}, expected at least two different names.`,
      "Name every class once.",
    );
  if (!servesAnyClasses(loss.family) || state.featureSet === "full")
    throw new LecternError(
      "unsupported",
      `The teacher ${name} ${version} (family ${loss.family}, features ${state.featureSet}) serves its own ${manifest.classes.count} classes only.`,
      "Take one of the families invariant or taylor with pooled, no-dev or time features.",
    );
  return {
    ...manifest,
    classes: { count, names: [...classNames] },
    // Cross-entropy is measured against chance, which depends on the number of classes.
    state: { ...state, features: featuresOf(state.featureSet, count) },
  };
}
