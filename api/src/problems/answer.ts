import type { Problem } from "@lectern/shared/schema";
import { HTTPException } from "hono/http-exception";
import type { ApiContext } from "../environment.ts";
import { problemKinds } from "./kinds.ts";
import { ProblemError } from "./problem-error.ts";

/** The problem+json answer to an error. */
export function answerProblem(context: ApiContext, error: ProblemError): Response {
  const { status, title } = problemKinds[error.kind];
  const body: Problem = {
    type: `https://lectern.dev/problems/${error.kind}`,
    title,
    status,
    detail: error.message,
    remedy: error.remedy,
    requestId: context.var.requestId,
  };
  return context.body(JSON.stringify(body), status, {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
    ...error.headers,
  });
}

/**
 * `app.onError`: nothing of an unexpected error reaches the caller (drizzle's messages hold SQL and parameters); the
 * request's line in the log says what it was (operations/observe.ts).
 */
export function answerError(error: Error, context: ApiContext): Response {
  if (error instanceof ProblemError) return answerProblem(context, error);
  if (error instanceof HTTPException) return answerProblem(context, fromHono(error));
  return answerProblem(
    context,
    new ProblemError(
      "internal",
      "The API failed while answering this request.",
      "Try again; if it goes on, report the requestId.",
    ),
  );
}

function fromHono(error: HTTPException): ProblemError {
  if (error.status === 415) {
    return new ProblemError(
      "unsupported-media-type",
      "The body's Content-Type is not application/json.",
      "Send the body with Content-Type: application/json.",
    );
  }
  return new ProblemError("bad-json", "The body can't be read as JSON.", "Send one JSON object in UTF-8.");
}
