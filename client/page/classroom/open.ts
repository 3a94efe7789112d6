import { startLesson, type RunningLesson } from "./lesson.ts";
import { openForm } from "./form.ts";

/** Connects the form's buttons with lessons. The worker that trains, and TensorFlow.js, are loaded at the first start. */
export function openClassroom(api: string, offers: Parameters<typeof openForm>[0]): void {
  const form = openForm(offers);
  let running: RunningLesson | undefined;
  form.onStop(() => running?.stop());
  form.onPause((pause) => (pause ? running?.pause() : running?.resume()));
  form.onStart(() => {
    const choice = form.read();
    if (!choice || running) return;
    void hold(startLesson(api, choice));
  });
  const hold = async (lesson: RunningLesson) => {
    running = lesson;
    form.setBusy(true);
    await lesson.ended;
    running = undefined;
    form.setBusy(false);
  };
}
