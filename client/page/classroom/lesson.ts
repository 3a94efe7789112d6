import { drawPairPlot } from "../charts/pair-plot.ts";
import { byId } from "../dom.ts";
import { showAfterwards } from "./afterwards.ts";
import { openBoard, type Board } from "./board.ts";
import type { Choice } from "./choice.ts";
import { rivalName } from "./form.ts";
import type { News, Order } from "./messages.ts";
import { judge, type Pair } from "./verdict.ts";

/** A lesson that runs in a worker of its own. */
export interface RunningLesson {
  pause(): void;
  resume(): void;
  stop(): void;
  /** Resolves when it ended, one way or another; the page has said which. */
  readonly ended: Promise<void>;
}

/** Where the build put worker.ts: index.html knows. */
const workerAddress = () => new URL(document.body.dataset["worker"]!, location.href);

/** Runs what the form asks for in a worker, and shows it. */
export function startLesson(api: string, choice: Choice): RunningLesson {
  const worker = new Worker(workerAddress(), { type: "module", name: "classroom" });
  const order = (message: Order) => worker.postMessage(message);
  const ended = new Promise<void>((resolve) => {
    const show = createShow(api, choice);
    worker.addEventListener("message", ({ data }: MessageEvent<News>) => {
      if (show(data)) resolve();
    });
    worker.addEventListener("error", ({ message }) => {
      byId("status").textContent =
        `The students' worker ended: ${message || "it could not be started"}. Reload the page, or try another backend.`;
      resolve();
    });
  });
  order({ kind: "start", api, choice });
  return {
    pause: () => order({ kind: "pause" }),
    resume: () => order({ kind: "resume" }),
    stop: () => order({ kind: "stop" }),
    ended: ended.finally(() => worker.terminate()),
  };
}

/** Shows news; true where it was the last. */
function createShow(api: string, choice: Choice): (news: News) => boolean {
  const [status, result, progress] = [byId("status"), byId("result"), byId<HTMLProgressElement>("progress")];
  const pairs: Pair[] = [];
  let board: Board | undefined;
  let begun: Extract<News, { kind: "begins" }> | undefined;
  result.textContent = "";
  byId("afterwards").hidden = true;
  byId("pairs-done").hidden = true;
  return (news) => {
    switch (news.kind) {
      case "status":
        status.textContent = news.text;
        return false;
      case "begins":
        begun = news;
        [progress.max, progress.value] = [2 * news.steps * news.pairs, 0];
        return false;
      case "pair":
        board = openBoard(begun!.manifest, choice.rival, begun!.steps);
        return false;
      case "validation":
        board!.addValidation(news.side, news.step, news.error);
        return false;
      case "emission":
        board!.addEmission(news);
        return false;
      case "progress":
        progress.value = news.steps;
        return false;
      case "pair-done":
        pairs.push(news.pair);
        board!.tabulate();
        showPairs(pairs, rivalName(choice.rival));
        return false;
      case "done":
        showAfterwards(api, choice, pairs.at(-1)!, news.students);
        status.textContent = `Done: ${pairs.length === 1 ? "two students" : `${pairs.length} pairs of students`} trained on ${choice.backend}.`;
        return true;
      case "stopped":
        status.textContent = "Stopped.";
        return true;
      case "failed":
        status.textContent = news.message;
        return true;
    }
  };
}

function showPairs(pairs: readonly Pair[], fixedLoss: string): void {
  const { text } = judge(pairs, fixedLoss);
  byId("result").textContent = text;
  if (pairs.length < 2) return;
  byId("pairs-done").hidden = false;
  drawPairPlot(
    byId("pairs-plot"),
    pairs.map(({ seed, errors }) => ({ label: `seed ${seed}`, ...errors })),
    text,
  );
}
