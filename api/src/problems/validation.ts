import type { z } from "zod";
import { ProblemError } from "./problem-error.ts";

type Issues = z.core.$ZodError["issues"];

/** The first three issues of a failed parse, in words: `loss.family: Invalid option …`. */
export function describeIssues(issues: Issues): string {
  const shown = issues.slice(0, 3).map(({ path, message }) => {
    const where = path.map(String).join(".");
    return where === "" ? message : `${where}: ${message}`;
  });
  const more = issues.length - shown.length;
  return shown.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

interface Validated {
  target: string;
  success: boolean;
  error?: { issues: Issues };
}

/** The `defaultHook` of the routes: a request that fails its schema becomes a problem. */
export function refuseInvalid(result: Validated): void {
  if (result.success || !result.error) return;
  const issues = describeIssues(result.error.issues);
  if (result.target === "json") {
    throw new ProblemError(
      "invalid-body",
      `The body does not follow the schema: ${issues}.`,
      "Compare it with the schema in /openapi.json.",
    );
  }
  throw new ProblemError(
    "invalid-request",
    `The ${result.target === "param" ? "path" : result.target} is not well-formed: ${issues}.`,
    "Compare the request with /openapi.json.",
  );
}
