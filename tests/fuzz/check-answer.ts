import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { FuzzRequest, Operation } from "./requests.ts";

/** What no answer may hold, whatever was asked: SQL, names of the database and of libraries, stacks, files. */
const leaks =
  /D1_ERROR|SQLITE_|drizzle|Failed query|\bparams: |select .* from |insert into |\bat .*\.(?:js|ts):\d|worker\.js|\/work\/|node_modules|RESULTS_SALT|ZodError/i;

/** @returns the first leak in a text that nothing was sent for */
export function leakIn(text: string): string | undefined {
  return leaks.exec(text)?.[0];
}

export interface Answer {
  status: number;
  type: string | null;
  text: string;
}

/** Checks answers against the very document that the requests came from. */
export function createChecker(): (request: FuzzRequest, answer: Answer) => string | undefined {
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: false });
  const validators = new Map<unknown, ValidateFunction>();
  const validatorOf = (schema: object) => {
    let validate = validators.get(schema);
    if (!validate) validators.set(schema, (validate = ajv.compile(schema)));
    return validate;
  };
  return ({ operation, path, headers, follows }, { status, type, text }) => {
    const where = `${operation.method} ${path.slice(0, 200)} answered ${status}`;
    if (status >= 500 && status !== 503) return `${where}: ${text.slice(0, 300)}`;
    // What was sent comes back in some details: only what wasn't can be a leak.
    if (leaks.test(text) && !leaks.test(`${decode(path)} ${Object.values(headers).join(" ")}`))
      return `${where} and leaks ${leaks.exec(text)?.[0]}`;
    const answers = documented(operation, status, follows);
    if (answers === undefined) return `${where}, which its document doesn't have: ${text.slice(0, 200)}`;
    const media = type?.split(";")[0] ?? "";
    const schema = answers[media];
    if (Object.keys(answers).length === 0) return text === "" ? undefined : `${where} with a body`;
    if (!schema) return `${where} as ${media}, expected ${Object.keys(answers).join(" or ")}`;
    if (!media.endsWith("json")) return undefined;
    const validate = validatorOf(schema);
    return validate(JSON.parse(text)) ? undefined : `${where}: ${ajv.errorsText(validate.errors)}`;
  };
}

/** A path that was spoiled may lead to another route, or to none: those answers are problems, too. */
function documented({ answers }: Operation, status: number, follows: boolean) {
  const own = answers[String(status)];
  if (own || follows) return own;
  return [404, 405].includes(status) ? { "application/problem+json": {} } : undefined;
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
