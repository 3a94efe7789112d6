import { byId } from "../dom.ts";
import type { Listed } from "../teachers/list.ts";
import { openForm, type Offers, type Request } from "./form.ts";
import { startLesson, type Ending, type RunningLesson } from "./lesson.ts";

export interface Classroom {
  /** @param teachers undefined where the API didn't say */
  setTeachers(teachers: Listed): void;
}

/** Connects the form's buttons with lessons. The worker that trains, and TensorFlow.js, are loaded at the first start. */
export function openClassroom(api: string, offers: Offers): Classroom {
  const form = openForm(offers);
  const again = byId<HTMLButtonElement>("again");
  let running: RunningLesson | undefined;
  let stopped: { readonly request: Request; readonly ending: Ending } | undefined;
  form.onStop(() => running?.stop());
  form.onPause((pause) => (pause ? running?.pause() : running?.resume()));
  form.onStart(() => {
    const request = running ? undefined : form.read();
    if (request) void hold(request, startLesson(api, request));
  });
  again.addEventListener("click", () => {
    if (!running && stopped)
      void hold(stopped.request, startLesson(api, stopped.request, stopped.ending.pairs));
  });
  const hold = async (request: Request, lesson: RunningLesson) => {
    running = lesson;
    again.hidden = true;
    form.setBusy(true);
    const ending = await lesson.ended;
    running = undefined;
    form.setBusy(false);
    // Each pair is a function of its seed: the pairs that are done needn't be trained again.
    const [done, all] = [ending.pairs.length, request.choice.pairs];
    const unfinished = done > 0 && done < all;
    stopped = unfinished ? { request, ending } : undefined;
    again.hidden = !unfinished;
    again.textContent = `Go on with pair ${done + 1} of ${all}`;
  };
  return { setTeachers: form.setTeachers };
}
