/** Where a lesson's save is kept: one save, which each write replaces as a whole. */
export interface LessonStore {
  /** The save, or `undefined` where there is none. */
  read(): Promise<Uint8Array | undefined>;
  /** Puts a save in the place of the one before; if it can't, the one before stays. */
  write(save: Uint8Array): Promise<void>;
  /** Forgets the save; harmless where there is none. */
  remove(): Promise<void>;
}

/**
 * A save in memory: for a lesson that only has to survive its device, and for tests.
 * @param save one to begin with, such as a file that the user chose
 */
export function memoryStore(save?: Uint8Array): LessonStore {
  let kept = save;
  return {
    read: async () => kept,
    async write(next) {
      kept = next;
    },
    async remove() {
      kept = undefined;
    },
  };
}
