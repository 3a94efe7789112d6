export { cardHeadings, listCatalogue, readEntry, writeDraft } from "./entry.ts";
export type { CatalogueEntry } from "./entry.ts";
export { publishCatalogue } from "./publish.ts";
export type { CataloguePublication } from "./publish.ts";
