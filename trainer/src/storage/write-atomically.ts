import { open, rename, rm } from "node:fs/promises";

/**
 * Whoever reads the file sees the old text or the new, never a part, whatever dies when. The folder must exist.
 * @throws what the file system says; nothing half-written stays behind
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
  { mode = 0o666 }: { mode?: number } = {},
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, "w", mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
