import { byId, html, percent, table } from "../dom.ts";
import type { Side } from "./contest.ts";
import type { SavedStudent } from "./messages.ts";
import { fileNames } from "./names.ts";
import { reproduction, type Recording } from "./reproduction.ts";
import type { Pair } from "./verdict.ts";

/** What is there when the students are trained: confusions, the students as files, and code. */
export function showAfterwards(
  recording: Recording,
  { confusion, classNames }: Pair,
  students: Readonly<Record<Side, SavedStudent>>,
): void {
  byId("afterwards").hidden = false;
  byId("confusion").replaceChildren(
    confusionTable("The teacher's student", confusion.teacher, classNames),
    confusionTable("The fixed loss's student", confusion.fixed, classNames),
  );
  const code = reproduction(recording);
  byId("downloads").replaceChildren(
    downloadButton("Download the teacher's student", () => downloadStudent("teacher", students.teacher)),
    downloadButton("Download the fixed loss's student", () => downloadStudent("fixed", students.fixed)),
    downloadButton("Download the code", () =>
      download("lesson.mjs", new Blob([code], { type: "text/javascript" })),
    ),
  );
  byId("reproduce").textContent = code;
}

/** More classes than these make no table that one could read. */
const mostRows = 20;

function confusionTable(
  whose: string,
  counts: readonly (readonly number[])[],
  classNames: readonly string[],
): HTMLElement {
  const right = counts.reduce((sum, row, k) => sum + row[k]!, 0);
  const all = counts.flat().reduce((a, b) => a + b, 0);
  const said = `${percent(right / all)} right`;
  if (counts.length > mostRows)
    return worstConfusions(`${whose}: ${said}; what it confuses most`, counts, classNames);
  return html("div", { class: "confusion" }, [
    table(
      `${whose}: rows are true classes, columns its answers; ${said}`,
      ["is", ...classNames],
      counts.map((row, k) => [classNames[k]!, ...row.map(String)]),
    ),
  ]);
}

function worstConfusions(
  caption: string,
  counts: readonly (readonly number[])[],
  classNames: readonly string[],
): HTMLElement {
  const wrong = counts.flatMap((row, is) =>
    row.flatMap((count, answer) => (answer === is || count === 0 ? [] : [{ is, answer, count }])),
  );
  const worst = wrong.toSorted((a, b) => b.count - a.count).slice(0, mostRows);
  return table(
    caption,
    ["is", "its answer", "how often"],
    worst.map(({ is, answer, count }) => [classNames[is]!, classNames[answer]!, String(count)]),
  );
}

function downloadButton(words: string, act: () => void): HTMLElement {
  const button = html("button", { type: "button", class: "quiet" }, [words]);
  button.addEventListener("click", act);
  return button;
}

/** Two files, as `tf.loadLayersModel` wants them beside each other. */
function downloadStudent(side: Side, { json, weights, weightsName }: SavedStudent): void {
  download(`${fileNames[side]}.json`, new Blob([json], { type: "application/json" }));
  download(weightsName, new Blob([weights], { type: "application/octet-stream" }));
}

function download(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  html("a", { href: address, download: name }).click();
  // After the browser took it up.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
