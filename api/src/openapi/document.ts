import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Environment } from "../environment.ts";

/** GET /openapi.json, made from the very schemas that validate the requests. */
export function addDocument(app: OpenAPIHono<Environment>): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description: "A publisher's token, lec_…",
  });
  app.doc31("/openapi.json", {
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
