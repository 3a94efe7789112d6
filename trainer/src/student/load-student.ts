import { LecternError } from "@lectern/shared/errors";
import { LayersModel } from "@tensorflow/tfjs-layers";
import { supplyTensorMethods } from "../overlay/index.ts";
import { importDefault, isModulePath, messageOf, refuseName } from "../task/index.ts";
import { buildLenet } from "./lenet.ts";
import { buildMlp } from "./mlp.ts";
import { densenetBc } from "./densenet.ts";
import { buildResnet20, buildResnet32, buildResnet8 } from "./resnet.ts";
import { wideResnet } from "./wide-resnet.ts";
import type { StudentBuilder, StudentOptions } from "./options.ts";

const builders = {
  mlp: buildMlp,
  lenet: buildLenet,
  resnet8: buildResnet8,
  resnet20: buildResnet20,
  resnet32: buildResnet32,
} as const;
/** Students by depth and width. */
const sized = [
  { pattern: /^wrn-(\d+)-(\d+)$/, build: wideResnet, shown: "wrn-N-K" },
  { pattern: /^densenet-bc-(\d+)-(\d+)$/, build: densenetBc, shown: "densenet-bc-L-K" },
] as const;
export type StudentName = keyof typeof builders;
export const studentNames = Object.keys(builders) as StudentName[];
/** As people are told them. */
export const shownStudents = [...studentNames, ...sized.map(({ shown }) => shown)] as const;

/**
 * A student by name, or by the path of a module whose default export builds one from {@link StudentOptions}.
 *
 * @returns a builder; a module's is wrapped, so that it throws a LecternError unless it gives a `tf.LayersModel` with
 *   one input [null, …inputShape] and one output [null, classes].
 * @throws LecternError for an unknown name, or a module that is missing, can't be loaded or exports no function.
 * @example
 * ```ts
 * const build = await loadStudent("mlp");
 * const student = build({ inputShape: [12, 12, 1], classes: 10, seed: 7 });
 * ```
 */
export async function loadStudent(nameOrPath: string): Promise<StudentBuilder> {
  // Recurrent layers of a module's student need them as they are built.
  supplyTensorMethods();
  if (Object.hasOwn(builders, nameOrPath)) return builders[nameOrPath as StudentName];
  for (const { pattern, build } of sized) {
    const found = pattern.exec(nameOrPath);
    if (found) return build(Number(found[1]), Number(found[2]));
  }
  if (!isModulePath(nameOrPath)) refuseName(nameOrPath, "student", shownStudents);
  const exported = await importDefault(nameOrPath, "student");
  if (typeof exported !== "function")
    throw new LecternError(
      "invalid-argument",
      `The student module ${nameOrPath} exports ${exported === null ? "null" : typeof exported} by default, expected a function (options) => tf.LayersModel.`,
      "See docs/examples/my-student.ts.",
    );
  return checked(exported as (options: StudentOptions) => unknown, nameOrPath);
}

function checked(build: (options: StudentOptions) => unknown, path: string): StudentBuilder {
  return (options) => {
    const model = call(build, options, path);
    if (!(model instanceof LayersModel))
      throw new LecternError(
        "invalid-argument",
        `The student module ${path} returned no tf.LayersModel.`,
        "Return tf.sequential(…) or tf.model(…), from the same copy of @tensorflow/tfjs-layers, and not a promise.",
      );
    expectShape(model.inputs, [null, ...options.inputShape], "input", path);
    expectShape(model.outputs, [null, options.classes], "output", path);
    return model;
  };
}

function call(build: (options: StudentOptions) => unknown, options: StudentOptions, path: string): unknown {
  try {
    return build(options);
  } catch (cause) {
    throw new LecternError(
      "invalid-argument",
      `The student module ${path} threw: ${messageOf(cause)}.`,
      "Correct the module.",
      { cause },
    );
  }
}

function expectShape(
  ends: readonly { readonly shape: readonly (number | null)[] }[],
  expected: readonly (number | null)[],
  end: "input" | "output",
  path: string,
): void {
  const found = ends.map(({ shape }) => `[${shape.map(String).join(", ")}]`).join(" and ");
  const wanted = `[${expected.map(String).join(", ")}]`;
  if (found !== wanted)
    throw new LecternError(
      "invalid-argument",
      `The student module ${path} built a model with ${end} ${found}, expected ${wanted}.`,
      end === "input"
        ? "Give its first layer options.inputShape."
        : "End it with a dense layer of options.classes units and no activation.",
    );
}
