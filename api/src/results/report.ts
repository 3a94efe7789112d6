import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { reportReceipt, resultReport, teacherName } from "@lectern/shared/schema";
import type { Environment } from "../environment.ts";
import { limitBody, requireMediaType } from "../http/limit-body.ts";
import { problemResponses } from "../openapi/problem-responses.ts";
import { ProblemError } from "../problems/problem-error.ts";
import { limitReports } from "./limit-reports.ts";
import { findPublicTasks, hashReporter, storeReport } from "./store.ts";

const maxReportBytes = 4096;
/** For students trained on something that the teacher wasn't made for. */
const other = "other";

const route = createRoute({
  method: "post",
  path: "/v1/teachers/{name}/results",
  summary: "Report how a teacher did",
  description:
    "For clients whose user has agreed to it and has seen the payload. No token. The same reporter's next report about " +
    "the same version, task and size of student takes the place of the one before.",
  middleware: [
    limitReports,
    requireMediaType("application/json"),
    limitBody(maxReportBytes, "a report"),
  ] as const,
  request: {
    params: z.object({ name: teacherName }),
    body: { required: true, content: { "application/json": { schema: resultReport } } },
  },
  responses: {
    201: { description: "Counted", content: { "application/json": { schema: reportReceipt } } },
    200: {
      description: "Took an earlier one's place",
      content: { "application/json": { schema: reportReceipt } },
    },
    ...problemResponses(400, 404, 413, 415, 422, 503),
  },
});

export function addReport(app: OpenAPIHono<Environment>): void {
  app.openapi(route, async (context) => {
    const { name } = context.req.valid("param");
    const report = context.req.valid("json");
    const salt = context.env.RESULTS_SALT;
    if (!salt) {
      throw new ProblemError(
        "not-ready",
        "This API takes no reports: its operator has not switched them on.",
        "Nothing is lost; report to another API, or ask the operator.",
      );
    }
    const tasks = await findPublicTasks(context.env.DB, name, report.version);
    if (tasks === undefined) {
      throw new ProblemError(
        "unknown-version",
        `There is no public ${name} ${report.version} to report about.`,
        "Report about a version that GET /v1/teachers/{name} lists.",
      );
    }
    if (report.task !== other && !tasks.includes(report.task)) {
      throw new ProblemError(
        "invalid-body",
        `The task is ${report.task}, expected one of ${name}'s (${tasks.join(", ")}) or ${other}.`,
        `Report under ${other} what the teacher was not made for.`,
      );
    }
    // Under every task that it may have told of: a reporter counts once to a teacher's popularity.
    const [reporter, ...elsewhere] = await Promise.all(
      [report.task, ...[...tasks, other].filter((task) => task !== report.task)].map((task) =>
        hashReporter(salt, { reporter: report.reporter, task }, name),
      ),
    );
    const isNew = await storeReport(context.env.DB, name, report, { reporter: reporter!, elsewhere });
    const receipt = { teacher: name, version: report.version, isNew };
    return isNew ? context.json(receipt, 201) : context.json(receipt, 200);
  });
}
