import { byId } from "../dom.ts";
import { sayWhenSlow } from "../slow.ts";
import { showAfterwards } from "./afterwards.ts";
import { openBoard, type Board } from "./board.ts";
import { subsetOf } from "./subset-of.ts";
import type { Request } from "./form.ts";
import type { News, Order } from "./messages.ts";
import { rivalName } from "./rivals.ts";
import { showPairs } from "./show-pairs.ts";
import type { Pair } from "./verdict.ts";

/** What a lesson left, however it ended. */
export interface Ending {
  /** The pairs that were trained to their end. */
  readonly pairs: readonly Pair[];
}

/** A lesson that runs in a worker of its own. */
export interface RunningLesson {
  pause(): void;
  resume(): void;
  stop(): void;
  /** Resolves when it ended, one way or another; the page has said which. */
  readonly ended: Promise<Ending>;
}

/** Where the build put worker.ts: index.html knows. */
const workerAddress = () => new URL(document.body.dataset["worker"]!, location.href);

/**
 * Runs what the form asks for in a worker, and shows it.
 *
 * @param before pairs of the same request that were trained already
 */
export function startLesson(
  api: string,
  { choice, own, label }: Request,
  before: readonly Pair[] = [],
): RunningLesson {
  const worker = new Worker(workerAddress(), { type: "module", name: "classroom" });
  const order = (message: Order) => worker.postMessage(message);
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const show = createShow(api, { choice, ...(own && { own }), ...(label && { label }) }, before);
  const end = () => {
    worker.terminate();
    resolve({ pairs: show.end() });
  };
  worker.addEventListener("message", ({ data }: MessageEvent<News>) => {
    if (show.news(data)) end();
  });
  worker.addEventListener("error", ({ message }) => {
    show.fail(
      message
        ? `The students' worker ended: ${message}. Reload the page, or try another backend.`
        : "The classroom can't be fetched: there is no network, and it isn't kept on this device yet. Connect, and try again.",
      message ? "unexpected" : "unreachable",
    );
    end();
  });
  order({ kind: "start", api, choice, own, done: before.length });
  return {
    pause: () => order({ kind: "pause" }),
    resume: () => order({ kind: "resume" }),
    stop() {
      if (show.begun()) return order({ kind: "stop" });
      // Nothing can be lost yet, and a slow download wouldn't hear of it.
      show.news({ kind: "stopped" });
      end();
    },
    ended: promise,
  };
}

interface Show {
  /** Shows news; true where it was the last. */
  news(news: News): boolean;
  fail(message: string, code: string): void;
  begun(): boolean;
  end(): readonly Pair[];
}

function createShow(api: string, { choice, own, label }: Request, before: readonly Pair[]): Show {
  const [status, result, progress] = [byId("status"), byId("result"), byId<HTMLProgressElement>("progress")];
  const pairs: Pair[] = [...before];
  let board: Board | undefined;
  let begun: Extract<News, { kind: "begins" }> | undefined;
  let quiet = () => {};
  const say = (text: string, code = "") => {
    quiet();
    status.dataset["code"] = code;
    status.textContent = text;
    // What is fetched before a lesson may take its time.
    if (!begun && code === "") quiet = sayWhenSlow(status, "You can stop it.");
  };
  const fixedLoss = rivalName(choice.rival);
  if (pairs.length === 0) {
    result.textContent = "";
    byId("pairs-done").hidden = true;
    progress.value = 0;
    progress.hidden = false;
  }
  byId("afterwards").hidden = true;
  say("Fetching the classroom…");
  const news = (one: News): boolean => {
    switch (one.kind) {
      case "status":
        say(one.text);
        return false;
      case "begins":
        begun = one;
        [progress.max, progress.value] = [2 * one.steps * one.pairs, 2 * one.steps * pairs.length];
        byId("backend-taken").textContent = [
          `Ran on ${one.backend}.`,
          ...one.passedOver.map((why) => `Before it: ${why}`),
        ].join(" ");
        return false;
      case "pair":
        board = openBoard(begun!.manifest, choice.rival, begun!.steps);
        return false;
      case "validation":
        board!.addValidation(one.side, one.step, one.error);
        return false;
      case "emission":
        board!.addEmission(one);
        return false;
      case "progress":
        progress.value = one.steps;
        return false;
      case "pair-done":
        pairs.push(one.pair);
        board!.tabulate();
        showPairs(pairs, fixedLoss);
        return false;
      case "done": {
        const { manifest, backend, steps } = begun!;
        const { recipe } = manifest;
        showAfterwards(
          {
            api,
            choice,
            backend,
            steps,
            learningRate: choice.rival.learningRate ?? recipe.optimizer.learningRate,
            examples: choice.task.kind === "glyphs" ? (choice.task.examples ?? subsetOf(manifest)) : 0,
            classNames: manifest.classes.names,
            glyphs: manifest.classes.names[0] === "0" ? "digits" : "shapes",
            own: own && { kind: own.kind, source: own.source, label, columns: own.columns, shape: own.shape },
          },
          pairs.at(-1)!,
          one.students,
        );
        say(
          `Done: ${pairs.length === 1 ? "two students" : `${pairs.length} pairs of students`} trained on ${backend}.`,
        );
        return true;
      }
      case "stopped":
        say(
          pairs.length > 0 && pairs.length < choice.pairs
            ? `Stopped. The ${pairs.length === 1 ? "pair that is done stays" : `${pairs.length} pairs that are done stay`}.`
            : "Stopped.",
          "aborted",
        );
        return true;
      case "failed":
        say(one.message, one.code ?? "unexpected");
        return true;
    }
  };
  return {
    news,
    fail: say,
    begun: () => begun !== undefined,
    end() {
      quiet();
      return pairs;
    },
  };
}
