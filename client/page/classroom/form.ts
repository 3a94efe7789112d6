import { byId, html } from "../dom.ts";
import type { StoryResult } from "../story.ts";
import type { Listed } from "../teachers/list.ts";
import { candidatesOf, explainBackend, type BackendChoice, type BackendOffer } from "./backend-offers.ts";
import type { Choice } from "./choice.ts";
import { openOwnPanel } from "./own/panel.ts";
import type { OwnData } from "./own/own-data.ts";
import { offerRivals } from "./rivals.ts";
import { studentKinds, type StudentName } from "./student-kinds.ts";

/** What the form asks for, and the data that go with it. */
export interface Request {
  readonly choice: Choice;
  readonly own?: OwnData;
  /** The column of a table that held the labels. */
  readonly label?: string;
}

export interface Form {
  /** What is chosen; undefined where something is missing or out of range, which the page then says. */
  read(): Request | undefined;
  onStart(start: () => void): void;
  onStop(stop: () => void): void;
  /** @param toggle is told whether to pause or to go on */
  onPause(toggle: (pause: boolean) => void): void;
  setBusy(busy: boolean): void;
  /** @param teachers undefined where the API didn't say */
  setTeachers(teachers: Listed): void;
}

export interface Offers {
  readonly backends: readonly BackendOffer[];
  readonly story: StoryResult | undefined;
}

/** The form of index.html, filled with what there is to choose from. */
export function openForm({ backends, story }: Offers): Form {
  const form = byId<HTMLFormElement>("choice");
  const [start, stop, pause] = ["start", "stop", "pause"].map((id) => byId<HTMLButtonElement>(id)) as [
    HTMLButtonElement,
    HTMLButtonElement,
    HTMLButtonElement,
  ];
  const select = (id: string) => byId<HTMLSelectElement>(id);
  const [teacher, backend, rival, student] = [
    select("teacher"),
    select("backend"),
    select("rival"),
    select("student"),
  ];
  const rivals = offerRivals(story);
  const options = (pairs: readonly (readonly [string, string])[]) =>
    pairs.map(([value, label]) => html("option", { value }, [label]));
  rival.replaceChildren(...options(rivals.map(({ label }, i) => [String(i), label])));
  student.replaceChildren(...options(Object.entries(studentKinds).map(([name, { label }]) => [name, label])));
  student.value = "mlp-64";
  fillBackends(backend, backends);
  if (story) byId<HTMLInputElement>("noise").value = String(Math.round(100 * story.task.labelNoise));
  const isOwn = () => form.querySelector<HTMLInputElement>("input[name=task]:checked")!.value === "own";
  let listed: Listed;
  const panel = openOwnPanel({
    chosenTeacher: () => teacher.value,
    onDropped() {
      form.querySelector<HTMLInputElement>("#task-own")!.checked = true;
      follow();
    },
    onChange: () => follow(),
  });
  let busy = false;
  const fitting = () => (listed ?? []).filter(({ tasks }) => isOwn() || tasks.includes("glyphs"));
  /** Brings the form's parts in line with what is chosen. */
  const follow = () => {
    const own = isOwn();
    [byId("own").hidden, byId("glyphs").hidden] = [!own, own];
    // A field that nobody sees mustn't hold up the form.
    for (const field of byId("glyphs").querySelectorAll("input")) field.disabled = own;
    const before = teacher.value;
    teacher.replaceChildren(
      ...options(fitting().map(({ name, version }) => [`${name}@${version}`, `${name} ${version}`])),
    );
    const kept = [...teacher.options].some(({ value }) => value === before);
    if (kept) teacher.value = before;
    panel.follow();
    const lenet = student.querySelector<HTMLOptionElement>("option[value=lenet]")!;
    lenet.disabled = own && panel.data()?.kind === "table";
    if (lenet.disabled && student.value === "lenet") student.value = "mlp-64";
    const none = fitting().length === 0;
    start.disabled = busy || none;
    byId("no-teacher").hidden = !none;
    byId("no-teacher").textContent = listed
      ? `There is no teacher ${own ? "here" : "of the task glyphs"} to learn from. npm start publishes one.`
      : "There is nobody to learn from as long as teachers can't be listed.";
  };
  form.addEventListener("change", ({ target }) => {
    const { name, id } = target as HTMLInputElement;
    if (name === "task" || id === "teacher") follow();
  });
  const number = (id: string) => byId<HTMLInputElement>(id).valueAsNumber;
  return {
    read() {
      if (!form.reportValidity()) return undefined;
      const own = isOwn() ? panel.ready() : undefined;
      if (isOwn() && !own) return undefined;
      const [steps, examples] = [number("steps"), number("examples")];
      const choice: Choice = {
        teacher: teacher.value,
        backend: backend.value as BackendChoice,
        candidates: candidatesOf(backends),
        rival: rivals[Number(rival.value)]!.rival,
        student: student.value as StudentName,
        task: own
          ? { kind: "own", match: own.match }
          : {
              kind: "glyphs",
              labelNoise: number("noise") / 100,
              imbalance: number("imbalance"),
              ...(Number.isFinite(examples) && { examples }),
            },
        seed: number("seed"),
        pairs: number("pairs"),
        ...(Number.isFinite(steps) && { steps }),
      };
      return { choice, ...(own && { own: own.data, ...(own.label && { label: own.label }) }) };
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
    setBusy(now) {
      busy = now;
      stop.disabled = !busy;
      pause.disabled = !busy;
      pause.textContent = "Pause";
      for (const fields of form.querySelectorAll<HTMLFieldSetElement>("fieldset.settings"))
        fields.disabled = busy;
      follow();
    },
    setTeachers(teachers) {
      const first = listed === undefined;
      listed = teachers;
      panel.setTeachers(teachers ?? []);
      follow();
      if (first && story) preselect(teacher, `${story.teacher.name}@${story.teacher.version}`);
    },
  };
}

function preselect(select: HTMLSelectElement, value: string): void {
  if ([...select.options].some((option) => option.value === value)) select.value = value;
}

function fillBackends(select: HTMLSelectElement, offers: readonly BackendOffer[]): void {
  select.replaceChildren(
    html("option", { value: "auto" }, ["Automatic"]),
    ...offers.map(({ name, label, available }) =>
      html("option", { value: name, disabled: !available }, [available ? label : `${label} (not here)`]),
    ),
  );
  const say = () => {
    const unavailable = offers.filter(({ available }) => !available);
    const missing = unavailable.map(({ label, reason }) => ` ${label}: ${reason}.`).join("");
    const words = explainBackend(select.value as BackendChoice, offers);
    byId("backend-reason").textContent = words.includes(missing.trim()) ? words : `${words}${missing}`;
  };
  select.addEventListener("change", say);
  say();
}
