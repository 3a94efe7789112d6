import { sign } from "./releases.ts";
import type { Scenario } from "./scenario-world.ts";
import { ask, nameOf, newcomer, bearer, type Published, published, uploaded } from "./scenario-world.ts";
import { writeScenarios } from "./scenarios-of-writes.ts";

const json = { "Content-Type": "application/json" };

/** A GET of something that was published for this run only, so that no cache has it. */
function reading(operation: string, path: (teacher: Published) => string, headers = {}): Scenario {
  return {
    operation,
    prepare: async (n) => ask(path(await published(n)), { headers }),
    succeeds: [200, 206],
  };
}

/** Each operation of the contract, with the ways through it. */
export const scenarios: readonly Scenario[] = [
  { operation: "GET /healthz", prepare: async () => ask("/healthz"), succeeds: [200] },
  { operation: "GET /readyz", prepare: async () => ask("/readyz"), succeeds: [200] },
  reading("GET /v1/teachers", ({ name }) => `/v1/teachers?q=${name}`),
  reading("GET /v1/teachers/{name}", ({ name }) => `/v1/teachers/${name}`),
  reading("GET /v1/teachers/{name}/versions/{version}", ({ name }) => `/v1/teachers/${name}/versions/1.0.0`),
  reading("GET /v1/teachers/{name}/versions/{version}", ({ name }) => `/v1/teachers/${name}/versions/^1`),
  reading("GET /v1/teachers/{name}/versions/{version}", ({ name }) => `/v1/teachers/${name}/versions/latest`),
  reading("GET /v1/weights/{sha256}", ({ weights }) => `/v1/weights/${weights.sha256}`),
  reading("GET /v1/weights/{sha256}", ({ weights }) => `/v1/weights/${weights.sha256}`, {
    Range: "bytes=2-9",
  }),
  reading("GET /v1/teachers/{name}/results", ({ name }) => `/v1/teachers/${name}/results`),
  reading("GET /teachers/{name}/results", ({ name }) => `/teachers/${name}/results`),
  {
    operation: "POST /v1/teachers/{name}/results",
    prepare: async (n) => {
      const { name } = await published(n);
      const report = {
        version: "1.0.0",
        task: "other",
        studentParameters: 10,
        errorWith: 0.1,
        errorWithout: 0.2,
        seeds: 1,
        reporter: "r".repeat(22),
      };
      return ask(`/v1/teachers/${name}/results`, {
        method: "POST",
        headers: json,
        body: JSON.stringify(report),
      });
    },
    succeeds: [200, 201],
  },
  {
    operation: "PUT /v1/weights/{sha256}",
    prepare: async (n) => {
      const { token, weights } = await newcomer(n);
      return ask(`/v1/weights/${weights.sha256}`, {
        method: "PUT",
        headers: { ...bearer(token), "Content-Type": "application/octet-stream" },
        body: weights.bytes,
      });
    },
    succeeds: [200, 201],
  },
  {
    operation: "PUT /v1/teachers/{name}/versions/{version}",
    prepare: async (n) => {
      const publisher = await uploaded(n);
      const name = nameOf(n);
      const envelope = await sign(publisher, { name, version: "1.0.0" });
      return ask(`/v1/teachers/${name}/versions/1.0.0`, {
        method: "PUT",
        headers: { ...bearer(publisher.token), ...json },
        body: JSON.stringify(envelope),
      });
    },
    succeeds: [200, 201],
  },
  ...writeScenarios,
];
