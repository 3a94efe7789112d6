import { isLecternError } from "@lectern/shared/errors";
import type { BackendName } from "./names.ts";
import type { OpenedBackend } from "./opened.ts";

/** How to open each that `auto` may choose; `webgpu` must refuse a software adapter. */
export type Openers = Readonly<Record<Exclude<BackendName, "cpu">, () => Promise<OpenedBackend>>>;

export interface ChosenBackend {
  readonly opened: OpenedBackend;
  /** Why it was this one: a sentence for each that was passed over. */
  readonly why: readonly string[];
}

const preferred = ["node-gpu", "node", "webgpu"] as const;

/**
 * `auto`: the first that starts of node-gpu, node, webgpu, wasm.
 */
export async function chooseBackend(open: Openers): Promise<ChosenBackend> {
  const why: string[] = [];
  for (const name of preferred)
    try {
      return { opened: await open[name](), why };
    } catch (error) {
      if (!isLecternError(error)) throw error;
      why.push(error.message.slice(0, error.message.indexOf(error.remedy)).trimEnd());
    }
  return { opened: await open.wasm(), why };
}
