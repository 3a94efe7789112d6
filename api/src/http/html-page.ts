import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { ApiContext } from "../environment.ts";

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface Page {
  title: string;
  /** Made with hono's html``, which escapes what stands in it. */
  body: Html;
}

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font:.9em ui-monospace,monospace}pre{overflow:auto;padding:.5rem;border:1px solid #8886}table{border-collapse:collapse;display:block;overflow:auto}
th,td{text-align:left;padding:.25rem .75rem;border-bottom:1px solid #8886;vertical-align:top}h2{margin-top:2.5rem}h3{margin-bottom:.25rem}`;

/** A page of text: no script, nothing from elsewhere, and a policy that says so. */
export async function answerPage(
  context: ApiContext,
  { title, body }: Page,
  cacheControl: string,
): Promise<Response> {
  const text = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`;
  return context.body(String(text), 200, {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": cacheControl,
    "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${await styleHash()}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  });
}

let hash: string | undefined;

async function styleHash(): Promise<string> {
  if (hash === undefined) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  }
  return hash;
}
