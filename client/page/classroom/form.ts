import { byId, html } from "../dom.ts";
import type { StoryResult } from "../story.ts";
import { nameOf, short } from "../story/show-story.ts";
import type { BackendName, BackendOffer, Choice, Rival } from "./choice.ts";

export interface Form {
  /** What is chosen; undefined where a field is out of range, which the browser then says. */
  read(): Choice | undefined;
  onStart(start: () => void): void;
  onStop(stop: () => void): void;
  /** @param toggle is told whether to pause or to go on */
  onPause(toggle: (pause: boolean) => void): void;
  setBusy(busy: boolean): void;
}

interface Offers {
  readonly teachers: readonly {
    readonly name: string;
    readonly version: string;
    readonly tasks: readonly string[];
  }[];
  readonly backends: readonly BackendOffer[];
  readonly story: StoryResult | undefined;
}

/** Fixed losses with the parameter that tuning would try first, at the rate that the teacher was trained for. */
const untuned: readonly Rival[] = [
  { loss: "cross-entropy" },
  { loss: "label-smoothing", parameter: 0.1 },
  { loss: "focal", parameter: 1 },
  { loss: "large-margin", parameter: 1 },
  { loss: "generalised-cross-entropy", parameter: 0.7 },
];

/** The form of index.html, filled with what there is to choose from. */
export function openForm({ teachers, backends, story }: Offers): Form {
  const form = byId<HTMLFormElement>("choice");
  const [teacher, backend, rival] = ["teacher", "backend", "rival"].map((id) =>
    byId<HTMLSelectElement>(id),
  ) as [HTMLSelectElement, HTMLSelectElement, HTMLSelectElement];
  const [start, stop, pause] = ["start", "stop", "pause"].map((id) => byId<HTMLButtonElement>(id)) as [
    HTMLButtonElement,
    HTMLButtonElement,
    HTMLButtonElement,
  ];
  const glyphs = teachers.filter(({ tasks }) => tasks.includes("glyphs"));
  const best = story && tuned(story);
  const rivals = [...(best ? [best] : []), ...untuned];
  teacher.replaceChildren(
    ...glyphs.map(({ name, version }) =>
      html("option", { value: `${name}@${version}` }, [`${name} ${version}`]),
    ),
  );
  backend.replaceChildren(...backends.map(({ name, label }) => html("option", { value: name }, [label])));
  rival.replaceChildren(...rivals.map((one, i) => html("option", { value: i }, [label(one, one === best)])));
  if (story) {
    byId<HTMLInputElement>("noise").value = String(Math.round(100 * story.task.labelNoise));
    const told = `${story.teacher.name}@${story.teacher.version}`;
    if (glyphs.some(({ name, version }) => `${name}@${version}` === told)) teacher.value = told;
  }
  const none = glyphs.length === 0;
  start.disabled = none;
  if (none)
    byId("status").textContent =
      "There is no teacher of the task glyphs to learn from. npm start publishes one.";
  const number = (id: string) => byId<HTMLInputElement>(id).valueAsNumber;
  return {
    read() {
      if (!form.reportValidity()) return undefined;
      const steps = number("steps");
      return {
        teacher: teacher.value,
        backend: backend.value as BackendName,
        rival: rivals[Number(rival.value)]!,
        seed: number("seed"),
        pairs: number("pairs"),
        labelNoise: number("noise") / 100,
        ...(Number.isFinite(steps) && { steps }),
      };
    },
    onStart(begin) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        begin();
      });
    },
    onStop: (end) => stop.addEventListener("click", end),
    onPause: (toggle) =>
      pause.addEventListener("click", () => {
        const paused = pause.textContent === "Pause";
        pause.textContent = paused ? "Go on" : "Pause";
        toggle(paused);
      }),
    setBusy(busy) {
      start.disabled = busy || none;
      stop.disabled = !busy;
      pause.disabled = !busy;
      pause.textContent = "Pause";
      for (const field of form.querySelectorAll<HTMLInputElement>("select, input")) field.disabled = busy;
    },
  };
}

/** Undefined for a loss that this client doesn't have. */
function tuned({ bestFixed: { name, parameter, learningRate } }: StoryResult): Rival | undefined {
  const known = untuned.find(({ loss }) => loss === name);
  return known && { loss: known.loss, ...(parameter !== null && { parameter }), learningRate };
}

function label(rival: Rival, best: boolean): string {
  const name = rivalName(rival);
  return best
    ? `${name}, rate ${short(rival.learningRate ?? 0)} (best tuned one of npm start)`
    : `${name} (not tuned)`;
}

export const rivalName = ({ loss, parameter }: Rival): string =>
  nameOf({ name: loss, ...(parameter !== undefined && { parameter }) });
