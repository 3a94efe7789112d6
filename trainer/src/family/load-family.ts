import { LecternError } from "@lectern/shared/errors";
import {
  families,
  furtherFamilies,
  registerFamily,
  registerFurtherFamilies,
  type Block,
  type LossFamilySpec,
} from "@lectern/shared/teacher";
import { importDefault, isModulePath, orExplain, refuseName } from "../task/index.ts";

// Each thread that loads a family has these, too.
registerFurtherFamilies();

/** By name: no module's. */
export const builtInFamilies: Readonly<Record<string, LossFamilySpec>> = { ...families, ...furtherFamilies };
export const familyNames = Object.keys(builtInFamilies);

/** @throws LecternError `invalid-argument` unless it is a built-in family's name or looks like a module's path */
export function expectFamilyName(nameOrPath: string): void {
  if (!Object.hasOwn(builtInFamilies, nameOrPath) && !isModulePath(nameOrPath))
    refuseName(nameOrPath, "family", familyNames);
}

/**
 * Makes a loss family known in this thread: a built-in one by name, or the `LossFamilySpec` that a module exports by
 * default (`docs/training.md`). Each worker thread calls it for itself, since functions don't travel.
 *
 * @param classes K of the task, for which its blocks are checked
 * @throws LecternError for an unknown name, or a module that is missing, can't be loaded or exports no family
 * @example
 * ```ts
 * await loadFamily("./docs/examples/my-family.ts", 10);
 * familyOf("./docs/examples/my-family.ts").blocks(10);
 * ```
 */
export async function loadFamily(nameOrPath: string, classes: number): Promise<LossFamilySpec> {
  expectFamilyName(nameOrPath);
  if (Object.hasOwn(builtInFamilies, nameOrPath)) return builtInFamilies[nameOrPath]!;
  const spec = expectFamily(await importDefault(nameOrPath, "family"), nameOrPath);
  const blocks: unknown = await orExplain(nameOrPath, "family", "threw in blocks", () =>
    spec.blocks(classes),
  );
  expectBlocks(blocks, nameOrPath);
  for (const { name, shape } of blocks) {
    const size = shape.reduce((a, b) => a * b, 1);
    for (let i = 0; i < size; i++) expectFinite(spec.start?.(name, i, classes) ?? 0, name, i, nameOrPath);
  }
  registerFamily(nameOrPath, spec);
  return spec;
}

const example = "See docs/examples/my-family.ts.";

function expectFamily(exported: unknown, path: string): LossFamilySpec {
  const candidate = (exported ?? {}) as Partial<Record<keyof LossFamilySpec, unknown>>;
  const missing = (["blocks", "finish", "losses"] as const).filter(
    (name) => typeof candidate[name] !== "function",
  );
  if (candidate.start !== undefined && typeof candidate.start !== "function")
    throw new LecternError(
      "invalid-argument",
      `The family module ${path} has a start that isn't a function.`,
      example,
    );
  if (missing.length === 0) return exported as LossFamilySpec;
  throw new LecternError(
    "invalid-argument",
    `The family module ${path} exports no loss family by default: it lacks the function${missing.length > 1 ? "s" : ""} ${missing.join(", ")}.`,
    example,
  );
}

/** Of θ's other tensors. */
const taken = new Set(["V", "c0"]);

function expectBlocks(blocks: unknown, path: string): asserts blocks is readonly Block[] {
  const refuse = (problem: string): never => {
    throw new LecternError("invalid-argument", `The family module ${path}: ${problem}.`, example);
  };
  if (!Array.isArray(blocks) || blocks.length === 0)
    return refuse("blocks(classes) gives no blocks, expected an array of { name, shape }");
  const seen = new Set<string>();
  for (const { name, shape } of blocks as Partial<Block>[]) {
    if (typeof name !== "string" || !/^[A-Za-z]\w{0,31}$/.test(name))
      return refuse(
        `a block is called ${JSON.stringify(name)}, expected a letter and then letters, digits or _`,
      );
    if (taken.has(name)) return refuse(`a block is called ${name}, which the teacher's own weights are`);
    if (seen.has(name)) return refuse(`two blocks are called ${name}`);
    if (!Array.isArray(shape) || !shape.every((size) => Number.isInteger(size) && size > 0))
      return refuse(
        `the shape of block ${name} is ${JSON.stringify(shape)}, expected an array of positive integers`,
      );
    seen.add(name);
  }
}

function expectFinite(value: unknown, block: string, index: number, path: string): void {
  if (typeof value === "number" && Number.isFinite(value)) return;
  throw new LecternError(
    "invalid-argument",
    `The family module ${path}: start("${block}", ${index}) is ${String(value)}, expected a finite number.`,
    "Correct start, or leave it out to start at 0.",
  );
}
