import { never, unless, type OpenedBackend, type OpenOptions } from "./opened.ts";
import { packages } from "./names.ts";

/** TensorFlow's own library, through a package that the user installs: it registers itself as `tensorflow`. */
export async function openNative(name: "node-gpu" | "node", { load }: OpenOptions): Promise<OpenedBackend> {
  unless(load, "TensorFlow's own library runs in Node only");
  restoreUtil();
  try {
    await load();
  } catch (cause) {
    const missing = (cause as { code?: unknown }).code === "ERR_MODULE_NOT_FOUND";
    unless(
      false,
      missing
        ? `the package ${packages[name]} isn't installed`
        : `the package ${packages[name]} can't be loaded: ${firstLine(cause)}`,
      cause,
    );
  }
  return { device: "TensorFlow", software: false, lost: never, close: () => undefined };
}

/**
 * tfjs-node 4.22.0 calls what Node 23 removed from its util module; the fix was merged but never released
 * (tensorflow/tfjs#8425).
 */
function restoreUtil(): void {
  const util = process.getBuiltinModule("node:util");
  const removed = { isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray };
  for (const [name, value] of Object.entries(removed))
    if (!(name in util)) Object.defineProperty(util, name, { value, configurable: true });
}

export const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!.trim().replace(/\.$/, "");
