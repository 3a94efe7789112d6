import { createHash } from "node:crypto";
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { keepPicture, train, withPage, type PageFixture } from "../page-fixture.ts";
import { contents, downloads, runLesson } from "./downloads.ts";
import { flowerTable, greyImage } from "./flowers.ts";

const digits = Array.from({ length: 10 }, (_, k) => String(k));
const table = flowerTable(digits, 120);
const refusal = (page: Page) => page.locator("#own-refusal");
const said = (page: Page) => page.locator("#own-said");

const chooseTable = (page: Page, text: string | Buffer, name = "flowers.csv") =>
  page.setInputFiles("#csv-file", { name, mimeType: "text/csv", buffer: Buffer.from(text) });

/** Lessons on data that a user drops in, and what can be wrong with them. */
export function testOwnData(fixture: () => PageFixture): void {
  describe("own data", () => {
    it("takes a dropped table, keeps it on the device, and trains on it on WebGPU and on Wasm; the code reads the file again", async () => {
      await withPage(fixture(), async (page) => {
        const sent: string[] = [];
        page.on("request", (request) => {
          if (request.method() !== "GET" || request.postData() !== null) sent.push(request.url());
        });
        await dropFile(page, table, "flowers.csv");
        await page.getByText("small-glyphs@1.0.0 knows these classes by name.").waitFor();
        expect(await said(page).innerText()).toMatch(
          /^flowers\.csv: 120 rows, 2 columns to learn from\. 10 classes: 0 \(12\), 1 \(12\), .*, 9 \(12\)\.$/,
        );
        // The label is found by its name, and text isn't learned from.
        expect(await page.getByLabel("Column of labels").inputValue()).toBe("species");
        expect(await page.locator("#features").innerText()).toContain("Left out, being text: place.");
        // Tables are for MLPs.
        expect(await page.locator("#student option[value=lenet]").isDisabled()).toBe(true);
        await keepPicture(page, "own-table", "#choice");
        await train(page, { steps: 3, backend: "webgpu" });
        await page.getByText("Done: two students trained on webgpu.").waitFor({ timeout: 60_000 });
        await train(page, { steps: 30 });
        await page.getByText("Done: two students trained on wasm.").waitFor();
        expect(await page.locator("#result").innerText()).toMatch(
          /^Of 24 test rows, the teacher's student gets/,
        );
        expect(sent).toEqual([]);

        const files = await downloads(page, "Download the teacher's student", 2);
        const json = JSON.parse(String(await contents(files["student-of-teacher.json"]!))) as {
          userDefinedMetadata: { columns: string[]; scaling: { mean: number[] } };
        };
        expect(json.userDefinedMetadata.columns).toEqual(["length", "width"]);
        expect(json.userDefinedMetadata.scaling.mean[0]).toBeCloseTo(4.5, 0);
        const { "lesson.mjs": code } = await downloads(page, "Download the code", 1);
        const again = await runLesson(await contents(code!), fixture().api.url, { "flowers.csv": table });
        const weights = await contents(files["student-of-teacher.weights.bin"]!);
        expect(again.weights).toBe(createHash("sha256").update(weights).digest("hex"));
      });
    });

    it("refuses what can't be learned from, each time with what to do, and loses nothing", async () => {
      await withPage(fixture(), async (page) => {
        await page.getByLabel("Your own data").check();
        await page.getByRole("button", { name: "Train both students" }).click();
        expect(await refusal(page).innerText()).toMatch(/^There are no data yet/);
        await keepPicture(page, "own-empty", "#choice");
        await chooseTable(page, table);
        await page.getByText("knows these classes by name.").waitFor();
        const good = await said(page).innerText();
        const wrong: readonly (readonly [string | Buffer, string])[] = [
          [
            "length,species\n1,0\n2,1\n3,0",
            "flowers.csv has 3 rows, expected at least 40: they are cut into four splits, and a fifth tests the students. Bring more rows, or let the page draw glyphs.",
          ],
          ["", "flowers.csv is empty. Choose a file with a row for each example."],
          [
            "length\n1\n2",
            "flowers.csv has one column, expected numbers and a label. Separate columns by commas, semicolons or tabs.",
          ],
          [
            table.replace(",meadow,3\n", ",3\n"),
            "Row 4 of flowers.csv has 3 cells, expected 4 as in the first line. Mend that row.",
          ],
          [
            Buffer.from([0x50, 0x4b, 3, 4, 0, 0]),
            "flowers.csv isn't text in UTF-8. Save it as CSV: a spreadsheet's own format can't be read.",
          ],
        ];
        for (const [text, words] of wrong) {
          await chooseTable(page, text);
          await page.getByText(words).waitFor();
          expect(await refusal(page).innerText()).toBe(`${words} Your data of flowers.csv are still here.`);
          expect(await refusal(page).getAttribute("data-code")).toBe("invalid-data");
          expect(await said(page).innerText()).toBe(good);
        }
        const folder = await mkdtemp(join(tmpdir(), "lectern-large-"));
        try {
          const large = join(folder, "large.csv");
          const file = await open(large, "w");
          await file.truncate(70_000_000);
          await file.close();
          await page.setInputFiles("#csv-file", large);
          await page
            .getByText("large.csv has 70 MB, expected at most 64. Take a sample of its rows.")
            .waitFor();
        } finally {
          await rm(folder, { recursive: true });
        }
        expect(await said(page).innerText()).toBe(good);

        // A cell that isn't a number: the table is there, and leaving the column out mends it.
        await chooseTable(page, table.replace("0.000,0.300", "NaN,0.300"));
        await page
          .getByText(
            "Row 1 of flowers.csv has “NaN” in the column “length”, expected a number. Mend the cell, or leave the column out.",
          )
          .waitFor();
        await keepPicture(page, "own-refused", "#choice");
        await page.getByRole("checkbox", { name: "length" }).uncheck();
        await page.getByText("1 column to learn from").waitFor();
        expect(await refusal(page).innerText()).toBe("");
        // The wrong column of labels.
        await page.getByLabel("Column of labels").selectOption("place");
        await page
          .getByText(
            "All rows of flowers.csv have the one label “meadow”, expected at least two classes. Choose another label column.",
          )
          .waitFor();
        await page.getByLabel("Column of labels").selectOption("length");
        await page.getByText(/^Row 1 of flowers.csv has the label “NaN” in the column “length”/).waitFor();
        await chooseTable(page, table);
        await page.getByLabel("Column of labels").selectOption("length");
        await page
          .getByText(
            /^The column “length” has \d+ different values in 120 rows: that is a quantity or a name, not a class\./,
          )
          .waitFor();

        // Classes that the teacher doesn't know.
        await chooseTable(page, flowerTable(["daisy", "poppy", "rose"], 90));
        await page
          .getByText("Teachers of these classes: small-flowers@1.0.0. Of any classes: any-classes@1.0.0.")
          .waitFor();
        await page.getByRole("button", { name: "Train both students" }).click();
        expect(await refusal(page).innerText()).toMatch(
          /^The labels have 3 classes \(daisy, poppy, rose\), and the teacher knows 10 \(0, 1, 2, 3, 4, 5, …\): “daisy” isn't one of them\. Choose a teacher of these classes, or another label column\.$/,
        );
        await page.getByLabel("Teacher", { exact: true }).selectOption("small-flowers@1.0.0");
        await page.getByText("small-flowers@1.0.0 knows these classes by name.").waitFor();
        expect(await refusal(page).innerText()).toBe("");
        await train(page, { steps: 5 });
        await page.getByText("Done: two students trained on wasm.").waitFor();
        // And a teacher that knows no classes teaches these, too; the code opens it for them.
        await page.getByLabel("Teacher", { exact: true }).selectOption("any-classes@1.0.0");
        await page.getByText("any-classes@1.0.0 teaches any classes, these among them.").waitFor();
        await train(page, { steps: 5 });
        await page.getByText("Done: two students trained on wasm.").waitFor();
        expect(await page.locator("#confusion th[scope=row]").allInnerTexts()).toEqual(
          "daisy poppy rose daisy poppy rose".split(" "),
        );
        expect(await page.locator("#reproduce").textContent()).toContain(
          'teacherFor(pulled, ["daisy","poppy","rose"]);',
        );
        await page.getByLabel("Teacher", { exact: true }).selectOption("small-glyphs@1.0.0");
        // As many as it knows, by other names: only if one says so.
        const letters = [..."abcdefghij"];
        await chooseTable(page, flowerTable(letters, 120));
        const match = page.getByLabel(/Match my labels/);
        await match.waitFor();
        await page.getByRole("button", { name: "Train both students" }).click();
        expect(await refusal(page).innerText()).toMatch(/or let them be matched in alphabetical order\.$/);
        await match.check();
        expect(await refusal(page).innerText()).toBe("");
        await train(page, { steps: 5 });
        await page.getByText("Done: two students trained on wasm.").waitFor();
        expect(await page.locator("#reproduce").textContent()).toContain('match: "order"');
      });
    });

    it("takes a folder of images, and refuses one that can't be read", async () => {
      const folder = await mkdtemp(join(tmpdir(), "lectern-images-"));
      try {
        for (const kind of [0, 1]) {
          await mkdir(join(folder, "digits", String(kind)), { recursive: true });
          for (let i = 0; i < 24; i++)
            await writeFile(
              join(folder, "digits", String(kind), `${i}.png`),
              greyImage((x, y) => (kind === 0 ? 10 * x : 10 * y) + ((i * 13 + x * y) % 60)),
            );
        }
        await writeFile(join(folder, "digits", "notes.md"), "not an image");
        await withPage(fixture(), async (page) => {
          await dropFolder(page, join(folder, "digits"));
          await page
            .getByText("digits: 48 images, 28 × 28 pixels of grey. 2 classes: 0 (24), 1 (24).")
            .waitFor();
          await page.getByLabel("Pixels a side").selectOption("12");
          await page.getByText("digits: 48 images, 12 × 12 pixels of grey.").waitFor();
          await page.getByLabel("In colour").check();
          await page.getByText("digits: 48 images, 12 × 12 pixels in colour.").waitFor();
          await page.getByLabel("Student", { exact: true }).selectOption("lenet");
          await page.getByText("knows these classes by name.").waitFor();
          await train(page, { steps: 5 });
          await page.getByText("Done: two students trained on wasm.").waitFor();
          expect(await page.locator("#result").innerText()).toMatch(/^Of 10 test images, /);
          expect(await page.locator("#reproduce").textContent()).toContain(
            "readImages(files, { side: 12, colour: true })",
          );
          await writeFile(join(folder, "digits", "0", "broken.png"), "no picture");
          await page.setInputFiles("#image-folder", join(folder, "digits"));
          await page
            .getByText(
              "1 of 49 images can't be read: digits/0/broken.png. Take them out of the folder, and choose it again. Your data of digits are still here.",
            )
            .waitFor();
        });
        expect(await readFile(join(folder, "digits", "notes.md"), "utf8")).toBe("not an image");
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });
}

/** As if a file manager's file was let go over the page. */
async function dropFile(page: Page, text: string, name: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([content, called]) => {
      const files = new DataTransfer();
      files.items.add(new File([content!], called!, { type: "text/csv" }));
      return files;
    },
    [text, name],
  );
  await page.dispatchEvent("body", "dragover", { dataTransfer: transfer });
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
}

/** As the browser itself sees a folder that is let go over the page. */
async function dropFolder(page: Page, path: string): Promise<void> {
  const devTools = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await devTools.send("Input.dispatchDragEvent", { type, x: 200, y: 200, data });
}
