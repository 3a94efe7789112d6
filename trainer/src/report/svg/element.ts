/** Markup that is safe to put into a page: made by these functions, or constant. */
export type Markup = string & { readonly __markup: true };

type Attributes = Readonly<Record<string, string | number | undefined>>;

const escape = (value: string): string =>
  value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Text as markup: labels come from users. */
export const text = (value: string): Markup => escape(value) as Markup;

export const join = (...parts: readonly Markup[]): Markup => parts.join("") as Markup;

const voidElements = new Set(["meta", "br"]);

/** An element of HTML or SVG; its attributes are escaped, numbers rounded to what a pixel needs. */
export function element(name: string, attributes: Attributes = {}, ...children: readonly Markup[]): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? pixels(value) : escape(value!)}"`)
    .join("");
  if (voidElements.has(name)) return `<${name}${written}>` as Markup;
  return `<${name}${written}>${children.join("")}</${name}>` as Markup;
}

export const pixels = (x: number): string => String(Math.round(x * 100) / 100);

/** An SVG picture with a name and a description for those who can't see it. */
export function picture(
  {
    width,
    height,
    title,
    description,
  }: { width: number; height: number; title: string; description: string },
  ...children: readonly Markup[]
): Markup {
  return element(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", xmlns: "http://www.w3.org/2000/svg" },
    element("title", {}, text(title)),
    element("desc", {}, text(description)),
    ...children,
  );
}
