import { html } from "hono/html";
import type { Page } from "../http/html-page.ts";
import { problemKinds } from "../problems/kinds.ts";
import type { ApiDocument } from "./document.ts";

/** What of an operation is shown: the document's own types allow for references that ours never has. */
interface Operation {
  summary?: string;
  description?: string;
  security?: unknown[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: object }[];
  requestBody?: { content?: Record<string, { schema?: object }> };
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: object }> }>;
}

const methods = ["get", "put", "post", "delete", "patch"] as const;

/** The contract for people, drawn from the document for programs. Every kind of problem has an anchor. */
export function docsPage(document: ApiDocument): Page {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = (item as Record<string, Operation | undefined>)[method];
      return operation ? [{ path, method: method.toUpperCase(), operation }] : [];
    }),
  );
  const body = html`<h1>${document.info.title}</h1>
    <p>
      ${document.info.description} The same for programs:
      <a href="/openapi.json">openapi.json</a>.
    </p>
    <ul>
      ${operations.map(
        ({ path, method, operation }) =>
          html`<li>
            <a href="#${anchor(method, path)}"><code>${method} ${path}</code></a> ${operation.summary}
          </li>`,
      )}
    </ul>
    ${operations.map(({ path, method, operation }) => section(method, path, operation))}
    <h2 id="problems">Problems</h2>
    <p>
      Every error is <code>application/problem+json</code> (RFC 9457) with <code>type</code>,
      <code>title</code>, <code>status</code>, <code>detail</code>, <code>remedy</code> and
      <code>requestId</code>. Types are stable.
    </p>
    <table>
      <tbody>
        ${Object.entries(problemKinds).map(
          ([kind, { status, title }]) =>
            html`<tr id="problem-${kind}">
              <td>${status}</td>
              <td><code>https://lectern.dev/problems/${kind}</code></td>
              <td>${title}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  return { title: document.info.title, body };
}

function anchor(method: string, path: string): string {
  return `${method}-${path}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

function section(method: string, path: string, operation: Operation) {
  const { summary, description, security, parameters = [], requestBody, responses = {} } = operation;
  return html`<h2 id="${anchor(method, path)}">${summary}</h2>
    <p><code>${method} ${path}</code>${security?.length ? " · needs a token" : ""}</p>
    ${description ? html`<p>${description}</p>` : ""}
    ${
      parameters.length > 0
        ? html`<ul>
            ${parameters.map(
              ({ name, in: place, required, schema }) =>
                html`<li>
                  <code>${name}</code> (${place}${required ? "" : ", optional"}):
                  <code>${JSON.stringify(schema)}</code>
                </li>`,
            )}
          </ul>`
        : ""
    }
    ${contents("Body", requestBody?.content)}
    <table>
      <tbody>
        ${Object.entries(responses).map(
          ([status, { description: meaning, content }]) =>
            html`<tr>
              <td>${status}</td>
              <td>${Number(status) < 400 ? meaning : problems(meaning ?? "")}</td>
              <td>${Number(status) < 400 ? contents("Schema", content) : ""}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

/** The description of an error answer is its kinds. */
function problems(kinds: string) {
  return kinds
    .split(", ")
    .map((kind) => (kind in problemKinds ? html`<a href="#problem-${kind}">${kind}</a> ` : kind));
}

function contents(title: string, content: Record<string, { schema?: object }> = {}) {
  return Object.entries(content).map(
    ([type, { schema }]) =>
      html`<details>
        <summary>${title}: <code>${type}</code></summary>
        <pre>${JSON.stringify(schema, null, 2)}</pre>
      </details>`,
  );
}
