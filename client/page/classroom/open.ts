import { byId, explain } from "../dom.ts";
import { openForm } from "./form.ts";

/** Connects the form's buttons with lessons. TensorFlow.js is loaded at the first start. */
export function openClassroom(api: string, offers: Parameters<typeof openForm>[0]): void {
  const form = openForm(offers);
  let running: AbortController | undefined;
  form.onStop(() => running?.abort());
  form.onStart(() => {
    const choice = form.read();
    if (!choice || running) return;
    running = new AbortController();
    form.setBusy(true);
    void (async ({ signal }) => {
      try {
        byId("status").textContent = "Loading TensorFlow.js…";
        const { runClassroom } = await import("./lesson.ts");
        await runClassroom(api, choice, signal);
      } catch (error) {
        byId("status").textContent = signal.aborted ? "Stopped." : explain(error);
      } finally {
        running = undefined;
        form.setBusy(false);
      }
    })(running);
  });
}
