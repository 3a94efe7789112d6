import { OpenAPIHono } from "@hono/zod-openapi";
import { cors } from "hono/cors";
import { type Location, openLocation } from "./cache/location.ts";
import { purgeAfterWrites } from "./cache/purge.ts";
import { addAudit } from "./audit/routes.ts";
import { addEmit } from "./emit/route.ts";
import type { Environment } from "./environment.ts";
import { addHealth } from "./health/routes.ts";
import { exposedHeaders } from "./http/every-answer.ts";
import { assignRequestId } from "./http/request-id.ts";
import { limitRates } from "./limits/rate-limit.ts";
import { addDocs } from "./openapi/docs.ts";
import { addDocument } from "./openapi/document.ts";
import { addKeys } from "./keys/routes.ts";
import { observe } from "./operations/observe.ts";
import { answerError } from "./problems/answer.ts";
import { addMethodProblems, answerUnknownRoute } from "./problems/unrouted.ts";
import { refuseInvalid } from "./problems/validation.ts";
import { addResults } from "./results/read.ts";
import { addReport } from "./results/report.ts";
import { addGetVersion } from "./teachers/get-version.ts";
import { addList } from "./teachers/list.ts";
import { addPage } from "./teachers/page.ts";
import { addOwnership } from "./teachers/ownership.ts";
import { addPublish } from "./teachers/publish.ts";
import { addRemove } from "./teachers/remove.ts";
import { addTags } from "./teachers/tags.ts";
import { addYank } from "./teachers/yank.ts";
import { addTokens } from "./tokens/routes.ts";
import { addUploads } from "./weights/parts.ts";
import { addWeightsDownload } from "./weights/download.ts";
import { addWeightsUpload } from "./weights/upload.ts";

/**
 * Any page may read, ask for φ, and report results. Nothing here uses cookies; publishing is for programs, so preflights
 * allow no PUT, no DELETE and no Authorization.
 */
const preflight = cors({
  origin: "*",
  allowMethods: ["GET", "HEAD", "POST", "OPTIONS"],
  allowHeaders: ["If-None-Match", "Range", "If-Range", "Content-Type"],
  exposeHeaders: exposedHeaders,
  maxAge: 86_400,
});

/**
 * The whole API: a feature a folder, put together here.
 *
 * @param location where answers are kept
 */
export function createApp(location: Location = openLocation()): OpenAPIHono<Environment> {
  const app = new OpenAPIHono<Environment>({ defaultHook: refuseInvalid });
  app.onError(answerError);
  app.notFound(answerUnknownRoute);
  app.use(assignRequestId);
  app.use(observe);
  app.use((context, next) => (context.req.raw.method === "OPTIONS" ? preflight(context, next) : next()));
  app.use(async (context, next) => {
    context.set("location", location);
    await next();
  });
  app.use(limitRates);
  app.use(purgeAfterWrites);
  addHealth(app);
  addList(app);
  addPage(app);
  addGetVersion(app);
  addEmit(app);
  addPublish(app);
  addWeightsDownload(app);
  addWeightsUpload(app);
  addUploads(app);
  addYank(app);
  addRemove(app);
  addTags(app);
  addOwnership(app);
  addKeys(app);
  addTokens(app);
  addAudit(app);
  addReport(app);
  addResults(app);
  addDocument(app);
  addDocs(app);
  addMethodProblems(app);
  return app;
}
