import { createApp } from "./app.ts";
import { answerFromMemory } from "./cache/answer-from-memory.ts";
import { openLocation } from "./cache/location.ts";
import type { Bindings } from "./environment.ts";

const location = openLocation();
const app = createApp(location);

/** The Worker's entry (wrangler.toml). */
export default {
  fetch: (request, bindings, context) =>
    answerFromMemory(location, request, bindings) ?? app.fetch(request, bindings, context),
} satisfies ExportedHandler<Bindings>;
