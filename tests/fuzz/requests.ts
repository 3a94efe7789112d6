import fc from "fast-check";
import { nasty, nastyBytes, nastyJson } from "./hostile.ts";
import { type Schema, valuesOf } from "./schema-arbitrary.ts";

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema: Schema;
}

export interface Operation {
  method: string;
  path: string;
  parameters: readonly Parameter[];
  /** By media type. */
  body: Readonly<Record<string, Schema>>;
  /** By status, then by media type. */
  answers: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
}

export interface FuzzRequest {
  operation: Operation;
  /** With the query, encoded. */
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  /** Follows the document in all that it says. */
  follows: boolean;
}

/** What is there: so that requests that follow the document find something, too. */
export type Known = Readonly<Record<string, readonly string[]>>;

/** The operations of an OpenAPI 3.1 document. */
export function readOperations(document: unknown): Operation[] {
  const { paths } = document as {
    paths: Record<
      string,
      Record<
        string,
        {
          parameters?: Parameter[];
          requestBody?: { content: Record<string, { schema: Schema }> };
          responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
        }
      >
    >;
  };
  const schemasOf = (content: Record<string, { schema: Schema }> = {}) =>
    Object.fromEntries(Object.entries(content).map(([type, { schema }]) => [type, schema]));
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { parameters = [], requestBody, responses }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      body: schemasOf(requestBody?.content),
      answers: Object.fromEntries(
        Object.entries(responses).map(([status, { content }]) => [status, schemasOf(content)]),
      ),
    })),
  );
}

/** Requests of an operation: half follow the document, the others break it in one place or several. */
export function requestsOf(
  operation: Operation,
  known: Known,
  tokens: readonly string[],
): fc.Arbitrary<FuzzRequest> {
  const given = operation.parameters.map((parameter) => {
    const there = known[parameter.name] ?? [];
    const right = valuesOf(parameter.schema).map(String);
    const likely =
      there.length > 0 ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...there) }, right) : right;
    return parameter.required ? likely : fc.option(likely, { nil: undefined });
  });
  const token = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...tokens.map((token) => `Bearer ${token}`)) },
    fc.constant(undefined),
    nasty.map(asHeader),
  );
  const right = fc.record({ values: fc.tuple(...given), body: bodiesOf(operation), token });
  return fc
    .tuple(right, fc.option(mutations, { nil: undefined }))
    .map(([request, mutation]) => assemble(operation, request, mutation));
}

interface Right {
  values: readonly (string | undefined)[];
  body: { type: string; content: string | Uint8Array } | undefined;
  token: string | undefined;
}

interface Mutation {
  parameters: readonly (string | undefined)[];
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
}

function assemble(
  operation: Operation,
  { values, body, token }: Right,
  mutation: Mutation | undefined,
): FuzzRequest {
  const spoiled = values.map((value, i) => mutation?.parameters[i % 4] ?? value);
  return {
    operation,
    path: address(operation, spoiled),
    headers: {
      ...(token !== undefined && { authorization: token }),
      ...(body && { "content-type": body.type }),
      ...mutation?.headers,
    },
    ...(body && { body: mutation?.body ?? body.content }),
    follows: mutation === undefined,
  };
}

const mutations = fc.record({
  parameters: fc.tuple(...[0, 1, 2, 3].map(() => fc.option(nasty, { nil: undefined, freq: 1 }))),
  headers: fc.oneof(
    fc.constant({}),
    fc
      .record(
        {
          range: fc.oneof(
            fc.constantFrom(
              "bytes=0-0",
              "bytes=-1",
              "bytes=5-2",
              "bytes=0-99999999999999999999",
              "bytes=0-0,2-3",
              "bytes=9-",
            ),
            nasty.map(asHeader),
          ),
          "if-range": nasty.map(asHeader),
          "if-none-match": fc.oneof(fc.constantFrom("*", '"a"', 'W/"a", "b"'), nasty.map(asHeader)),
          accept: nasty.map(asHeader),
          "accept-encoding": fc.constantFrom("br", "gzip;q=0", "identity"),
          "content-type": nasty.map(asHeader),
          "content-encoding": fc.constantFrom("gzip", "identity", "br"),
          origin: nasty.map(asHeader),
          "x-forwarded-for": nasty.map(asHeader),
          "x-request-id": nasty.map(asHeader),
        },
        { requiredKeys: [] },
      )
      .map((headers) => headers as Record<string, string>),
  ),
  body: fc.option(fc.oneof(nastyJson, nastyBytes), { nil: undefined }),
});

function bodiesOf({
  body,
}: Operation): fc.Arbitrary<{ type: string; content: string | Uint8Array } | undefined> {
  const types = Object.entries(body);
  if (types.length === 0) return fc.constant(undefined);
  return fc.oneof(
    ...types.map(([type, schema]) =>
      schema.format === "binary"
        ? nastyBytes.map((content) => ({ type, content }))
        : valuesOf(schema).map((value) => ({ type, content: JSON.stringify(value) })),
    ),
  );
}

function address({ path, parameters }: Operation, values: readonly (string | undefined)[]): string {
  let filled = path;
  const query = new URLSearchParams();
  for (const [i, { name, in: place }] of parameters.entries()) {
    const value = values[i];
    if (place === "path") filled = filled.replace(`{${name}}`, () => encode(value ?? ""));
    else if (place === "query" && value !== undefined) query.append(name, value.toWellFormed());
  }
  return query.size > 0 ? `${filled}?${query}` : filled;
}

/** Some are left as they are: servers get paths that no encoder made. */
function encode(value: string): string {
  if (value.startsWith("%") || value.startsWith("..%2f")) return value;
  // fetch itself would resolve a segment of dots.
  return encodeURIComponent(value.toWellFormed()).replace(/^\.{1,2}$/, "%252e");
}

/** Headers carry Latin-1 without controls. */
function asHeader(text: string): string {
  return Array.from(text.slice(0, 1000))
    .filter((letter) => /[\t\x20-\x7e\xa1-\xff]/.test(letter))
    .join("")
    .trim();
}
