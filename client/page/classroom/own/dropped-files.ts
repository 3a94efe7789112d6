import { byId } from "../../dom.ts";
import type { FoundFile } from "./read-images.ts";

/** Deeper folders aren't opened, nor more files than these: whoever drops a whole disk gets an answer. */
const deepest = 6;
const most = 50_000;

/** What was chosen by an input, with paths where a folder was chosen. */
export const chosenFiles = (files: Iterable<File>): FoundFile[] =>
  [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

/** What was dropped: files, and all files in folders. Called at once in the event, before the browser forgets it. */
async function droppedFiles({ items }: DataTransfer): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const entries: FileSystemEntry[] = [];
  for (const item of items) {
    const [entry, file] = [item.webkitGetAsEntry(), item.getAsFile()];
    if (entry) entries.push(entry);
    else if (file) found.push({ path: file.name, file });
  }
  for (const entry of entries) await collect(entry, "", 0, found);
  return found;
}

async function collect(
  entry: FileSystemEntry,
  folder: string,
  depth: number,
  found: FoundFile[],
): Promise<void> {
  if (found.length >= most || depth > deepest) return;
  const path = `${folder}${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail));
    found.push({ path, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // It gives at most a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return;
    for (const inner of some) await collect(inner, `${path}/`, depth + 1, found);
  }
}

/** Files may be dropped anywhere on the page: none should make the browser leave it. */
export function acceptDrops(take: (found: readonly FoundFile[]) => void): void {
  const zone = byId("drop");
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") === true;
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", ({ relatedTarget }) => {
    if (relatedTarget === null) zone.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    zone.classList.remove("over");
    void droppedFiles(event.dataTransfer!).then(take);
  });
}
