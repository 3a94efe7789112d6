import { createApp } from "./app.ts";
import { answerFromMemory } from "./cache/answer-from-memory.ts";
import { openLocation } from "./cache/location.ts";
import { emitFromMemory, isEmission } from "./emit/emit-from-memory.ts";
import type { Bindings } from "./environment.ts";
import { runSweep } from "./operations/sweep.ts";

const location = openLocation();
const app = createApp(location);

/** The Worker's entry (wrangler.toml): what this isolate has in memory, then the routes. */
export default {
  async fetch(request, bindings, context) {
    const answer = isEmission(request)
      ? await emitFromMemory(location, request, bindings)
      : answerFromMemory(location, request, bindings);
    return answer instanceof Response ? answer : app.fetch(answer ?? request, bindings, context);
  },
  /** By the cron trigger in wrangler.toml. */
  async scheduled({ scheduledTime }, bindings) {
    await runSweep(bindings, scheduledTime);
  },
} satisfies ExportedHandler<Bindings>;
