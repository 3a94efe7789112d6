import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Environment } from "../environment.ts";

export type ApiDocument = ReturnType<typeof describeApi>;

/** The OpenAPI document, made from the very schemas that validate the requests. */
export function describeApi(app: OpenAPIHono<Environment>) {
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Lectern edge API",
      version: "1",
      description: "Publishes and serves teachers: signed manifests by name and version, weights by SHA-256.",
      license: { name: "MIT", url: "https://spdx.org/licenses/MIT.html" },
    },
    servers: [{ url: "/" }],
  });
}

/** GET /openapi.json. */
export function addDocument(app: OpenAPIHono<Environment>): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description: "A publisher's token, lec_…",
  });
  // Made on demand and once: a Worker that only serves teachers never needs it.
  let document: ApiDocument | undefined;
  app.get("/openapi.json", (context) => context.json((document ??= describeApi(app))));
}
