import { style } from "./style.ts";
import { element, text, type Markup } from "./svg/index.ts";

/** A page that needs nothing else: no script, no request, light and dark. The title is its heading, too. */
export function htmlPage(title: string, content: readonly Markup[]): string {
  const page = element(
    "html",
    { lang: "en" },
    element(
      "head",
      {},
      element("meta", { charset: "utf-8" }),
      element("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      element("title", {}, text(title)),
      // Constant, and not text: a style element's content isn't escaped.
      element("style", {}, style as Markup),
    ),
    element("body", {}, element("main", {}, element("h1", {}, text(title)), ...content)),
  );
  return `<!doctype html>\n${page}\n`;
}
