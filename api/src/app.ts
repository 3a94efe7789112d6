import { OpenAPIHono } from "@hono/zod-openapi";
import { cors } from "hono/cors";
import type { Environment } from "./environment.ts";
import { addHealth } from "./health/routes.ts";
import { assignRequestId } from "./http/request-id.ts";
import { addDocument } from "./openapi/document.ts";
import { observe } from "./operations/observe.ts";
import { answerError } from "./problems/answer.ts";
import { addMethodProblems, answerUnknownRoute } from "./problems/unrouted.ts";
import { refuseInvalid } from "./problems/validation.ts";
import { addGetVersion } from "./teachers/get-version.ts";
import { addLists } from "./teachers/list.ts";
import { addPublish } from "./teachers/publish.ts";
import { addWeightsDownload } from "./weights/download.ts";
import { addWeightsUpload } from "./weights/upload.ts";

/** The whole API: a feature a folder, put together here. */
export function createApp(): OpenAPIHono<Environment> {
  const app = new OpenAPIHono<Environment>({ defaultHook: refuseInvalid });
  app.onError(answerError);
  app.notFound(answerUnknownRoute);
  app.use(assignRequestId);
  app.use(observe);
  // Any page may read. Nothing here uses cookies; publishing is for programs, so preflights allow reads only.
  app.use(
    cors({
      origin: "*",
      allowMethods: ["GET", "HEAD", "OPTIONS"],
      allowHeaders: ["If-None-Match", "Range", "If-Range"],
      exposeHeaders: ["ETag", "X-Request-Id", "Content-Length", "Content-Range", "Content-Location"],
      maxAge: 86_400,
    }),
  );
  addHealth(app);
  addLists(app);
  addGetVersion(app);
  addPublish(app);
  addWeightsDownload(app);
  addWeightsUpload(app);
  addDocument(app);
  addMethodProblems(app);
  return app;
}
