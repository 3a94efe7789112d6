import { readFile, writeFile } from "node:fs/promises";
import { updateDocument } from "../trainer/src/overlay/contract/document.ts";

const path = new URL("../docs/second-order.md", import.meta.url);
await writeFile(path, updateDocument(await readFile(path, "utf8")));
