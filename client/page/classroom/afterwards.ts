import { byId, html, percent, table } from "../dom.ts";
import { weightsFile } from "./names.ts";
import type { Choice } from "./choice.ts";
import type { Side } from "./contest.ts";
import type { SavedStudent } from "./messages.ts";
import { reproduction } from "./reproduction.ts";
import type { Pair } from "./verdict.ts";

/** What is there when the students are trained: confusions, the students as files, and code. */
export function showAfterwards(
  api: string,
  choice: Choice,
  { confusion, classNames }: Pair,
  students: Readonly<Record<Side, SavedStudent>>,
): void {
  byId("afterwards").hidden = false;
  byId("confusion").replaceChildren(
    confusionTable("The teacher's student", confusion.teacher, classNames),
    confusionTable("The fixed loss's student", confusion.fixed, classNames),
  );
  byId("downloads").replaceChildren(
    downloadButton("Download the teacher's student", students.teacher),
    downloadButton("Download the fixed loss's student", students.fixed),
  );
  byId("reproduce").textContent = reproduction(api, choice);
}

function confusionTable(
  whose: string,
  counts: readonly (readonly number[])[],
  classNames: readonly string[],
): HTMLElement {
  const right = counts.reduce((sum, row, k) => sum + row[k]!, 0);
  const all = counts.flat().reduce((a, b) => a + b, 0);
  return html("div", { class: "confusion" }, [
    table(
      `${whose}: rows are true classes, columns its answers; ${percent(right / all)} right`,
      ["is", ...classNames],
      counts.map((row, k) => [classNames[k]!, ...row.map(String)]),
    ),
  ]);
}

/** Two files, as `tf.loadLayersModel` wants them beside each other. */
function downloadButton(words: string, { json, weights }: SavedStudent): HTMLElement {
  const button = html("button", { type: "button", class: "quiet" }, [words]);
  button.addEventListener("click", () => {
    download("student.json", new Blob([json], { type: "application/json" }));
    download(weightsFile, new Blob([weights], { type: "application/octet-stream" }));
  });
  return button;
}

function download(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  html("a", { href: address, download: name }).click();
  // After the browser took it up.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
