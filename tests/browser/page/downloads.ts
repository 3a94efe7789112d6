import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Download, Page } from "playwright-core";
import { expect } from "vitest";

const top = fileURLToPath(new URL("../../..", import.meta.url));

/** Presses a button, and waits for the files that it gives, by name. */
export async function downloads(
  page: Page,
  button: string,
  count: number,
): Promise<Record<string, Download>> {
  const files: Record<string, Download> = {};
  const all = new Promise<void>((done) => {
    page.on("download", (file) => {
      files[file.suggestedFilename()] = file;
      if (Object.keys(files).length === count) done();
    });
  });
  await page.getByRole("button", { name: button }).click();
  await all;
  return files;
}

export const contents = async (file: Download): Promise<Buffer> => readFile(await file.path());

/** Runs downloaded code in a process of its own, in a folder where its imports can be found. */
export async function runLesson(
  code: Buffer,
  api: string,
  files: Readonly<Record<string, string>> = {},
): Promise<{ weights: string; printed: string }> {
  expect(code.toString()).toContain(`connect("${api}")`);
  const folder = await mkdtemp(join(top, ".lectern/lesson-"));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await writeFile(join(folder, "lesson.mjs"), code);
    await writeFile(
      join(folder, "run.mjs"),
      `import { createHash } from "node:crypto";
import { ofTeacher } from "./lesson.mjs";
const hash = createHash("sha256");
for (const weight of ofTeacher.getWeights()) hash.update(weight.dataSync());
console.log("weights " + hash.digest("hex"));
`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, ["run.mjs"], { cwd: folder });
    return { weights: /weights (\w+)/.exec(stdout)![1]!, printed: stdout };
  } finally {
    await rm(folder, { recursive: true });
  }
}
