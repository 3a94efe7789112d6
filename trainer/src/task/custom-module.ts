import { stat } from "node:fs/promises";
import { parse, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { LecternError, isLecternError } from "@lectern/shared/errors";

/** A path starts with ./, ../ or /; anything else is a name. */
export function isModulePath(name: string): boolean {
  return /^(?:\.{0,2}\/)/.test(name);
}

/** A module's path made absolute, so that it is found from any working directory; a name stays as it is. */
export function absoluteModule(nameOrPath: string): string {
  return isModulePath(nameOrPath) ? resolve(nameOrPath) : nameOrPath;
}

/** For people and manifests, which have no business knowing this machine's folders: a module's file name. */
export function shortName(nameOrPath: string): string {
  return isModulePath(nameOrPath) ? parse(nameOrPath).name : nameOrPath;
}

/**
 * The default export of a module by path, relative to the working directory.
 *
 * @param what for messages: "task", "student", …
 * @throws LecternError `not-found`, or `invalid-argument` when it can't be loaded or has no default export.
 */
export async function importDefault(path: string, what: string): Promise<unknown> {
  const file = resolve(path);
  const there = await stat(file).then(
    (entry) => entry.isFile(),
    () => false,
  );
  if (!there)
    throw new LecternError(
      "not-found",
      `The ${what} module ${path} doesn't exist (looked for ${file}).`,
      "Name an existing .ts or .js file.",
    );
  const loaded = await orExplain(path, what, "can't be loaded", async () => {
    const module: unknown = await import(pathToFileURL(file).href);
    return module as { readonly default?: unknown };
  });
  if (loaded.default === undefined)
    throw new LecternError(
      "invalid-argument",
      `The ${what} module ${path} has no default export.`,
      `Export the ${what} with \`export default\`.`,
    );
  return loaded.default;
}

/** Runs code that isn't ours; what it throws becomes one sentence, its own error the cause. */
export async function orExplain<T>(
  path: string,
  what: string,
  happened: string,
  act: () => T | Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (isLecternError(cause)) throw cause;
    throw new LecternError(
      "invalid-argument",
      `The ${what} module ${path} ${happened}: ${messageOf(cause)}.`,
      "Correct the module.",
      { cause },
    );
  }
}

/** What was thrown, in words, without a full stop. */
export function messageOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.+$/, "");
}

/** @throws LecternError always: the name is neither known nor a path. */
export function refuseName(name: string, what: string, known: readonly string[]): never {
  throw new LecternError(
    "invalid-argument",
    `Unknown ${what} ${JSON.stringify(name)}, expected ${known.join(", ")} or the path of a module.`,
    `A path starts with ./ or /, such as ./my-${what}.ts.`,
  );
}
