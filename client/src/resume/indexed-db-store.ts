import { LecternError } from "@lectern/shared/errors";
import type { LessonStore } from "./store.ts";

const [database, table] = ["lectern-lessons", "saves"];

/**
 * A save in the browser's IndexedDB, in pages and in workers. A write is one transaction: it happens or it doesn't.
 *
 * @param name of the lesson; saves of other names lie beside it
 * @throws LecternError from its methods: `unsupported` where there is no IndexedDB, `io` where it refuses (quota, private
 *   windows)
 * @example
 * ```ts
 * const { status } = await teachWithSaves(teacher, model, { train: { x, y }, store: indexedDbStore("digits") });
 * ```
 */
export function indexedDbStore(name: string): LessonStore {
  return {
    async read() {
      const found = await inTable("readonly", (saves) => saves.get(name));
      return found instanceof Uint8Array ? found : undefined;
    },
    async write(save) {
      await inTable("readwrite", (saves) => saves.put(save, name));
    },
    async remove() {
      await inTable("readwrite", (saves) => saves.delete(name));
    },
  };
}

/** The request's result, once its transaction is done. */
async function inTable<T>(
  mode: IDBTransactionMode,
  ask: (saves: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  if (typeof indexedDB === "undefined")
    throw new LecternError(
      "unsupported",
      "There is no IndexedDB here.",
      "In Node, use fileStore of @lectern/client/node.",
    );
  const opening = indexedDB.open(database, 1);
  opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore(table));
  let opened: IDBDatabase | undefined;
  try {
    opened = await settled(opening, "success", () => opening.result);
    const transaction = opened.transaction(table, mode, { durability: "strict" });
    const request = ask(transaction.objectStore(table));
    return await settled(transaction, "complete", () => request.result);
  } catch (cause) {
    const quota = cause instanceof DOMException && cause.name === "QuotaExceededError";
    throw new LecternError(
      "io",
      `The browser's storage refused the lesson's save: ${cause instanceof Error ? cause.message : String(cause)}`,
      quota ? "Free some of this site's storage, and save again." : "Save it elsewhere: the bytes are whole.",
      { cause },
    );
  } finally {
    opened?.close();
  }
}

function settled<T>(target: IDBRequest | IDBTransaction, success: string, result: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(target.error ?? new Error("the transaction was aborted"));
    target.addEventListener(success, () => resolve(result()));
    target.addEventListener("error", fail);
    target.addEventListener("abort", fail);
    target.addEventListener("blocked", fail);
  });
}
