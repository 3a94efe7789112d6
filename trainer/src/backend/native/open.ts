import util from "node:util";
import { LecternError } from "@lectern/shared/errors";
import { neverLost, type OpenedBackend } from "../opened.ts";

const packages = { node: "@tensorflow/tfjs-node", "node-gpu": "@tensorflow/tfjs-node-gpu" } as const;

/** Loads a package by its name: an argument, so that a test can stand in for it. */
export type Load = (name: string) => Promise<unknown>;

/**
 * TensorFlow's own library, through an optional peer package that the user installs: it registers itself as backend
 * `tensorflow`.
 *
 * @throws LecternError `unsupported` if the package isn't there or its library can't be loaded
 */
export async function openNative(
  name: "node" | "node-gpu",
  load: Load = (specifier) => import(specifier),
): Promise<OpenedBackend> {
  restoreUtil();
  try {
    await load(packages[name]);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
    throw new LecternError(
      "unsupported",
      missing
        ? `The backend ${name} needs the package ${packages[name]}, which isn't installed.`
        : `The package ${packages[name]} can't be loaded: ${firstLine(cause)}`,
      `Run: npm install --no-save ${packages[name]}@4.22.0${name === "node-gpu" ? " (needs CUDA 11.2)" : ""}, or use --backend wasm.`,
      { cause },
    );
  }
  return { name, device: "TensorFlow", software: false, lost: neverLost, close: () => undefined };
}

/**
 * tfjs-node 4.22.0 calls what Node 23 removed from its util module; the fix was merged but never released
 * (tensorflow/tfjs#8425).
 */
export function restoreUtil(target: object = util): void {
  const removed = { isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray };
  for (const [name, value] of Object.entries(removed))
    if (!(name in target)) Object.defineProperty(target, name, { value, configurable: true });
}

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!.trim();
