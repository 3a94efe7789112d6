import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Environment } from "../environment.ts";
import { minute } from "../http/cache-control.ts";
import { answerPage, type Page } from "../http/html-page.ts";
import { problemKinds } from "../problems/kinds.ts";
import { docsPage } from "./docs-page.ts";
import { describeApi } from "./document.ts";

/** GET /docs, and /problems/KIND, which is what the problems' types name: it leads to the kind's place there. */
export function addDocs(app: OpenAPIHono<Environment>): void {
  let page: Page | undefined;
  app.get("/docs", (context) => answerPage(context, (page ??= docsPage(describeApi(app))), minute));
  app.get("/problems/:kind", (context) => {
    const kind = context.req.param("kind");
    if (!Object.hasOwn(problemKinds, kind)) return context.notFound();
    return context.redirect(`/docs#problem-${kind}`, 302);
  });
}
