import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256Hex } from "@lectern/shared/artifact";
import { LecternError } from "@lectern/shared/errors";
import { manifest, type Manifest } from "@lectern/shared/schema";
import type { Draft } from "../release/index.ts";
import { writeAtomically } from "../storage/index.ts";

/** A released teacher in a catalogue's folder: its manifest without a publisher, its weights, and its card. */
export interface CatalogueEntry extends Draft {
  /** Markdown, for people: what it is for and what not, how it was tested, how to make it again. */
  readonly card: string;
}

const files = { manifest: "teacher.json", weights: "weights.safetensors", card: "card.md" };
const draftSchema = manifest.omit({ publisher: true });

/** What every card tells, as headings of the second level. */
export const cardHeadings = [
  "What for",
  "What not for",
  "Evaluation",
  "Transfer",
  "Provenance",
  "Cost and command",
] as const;

/** Names of the entries in a catalogue's folder, in order. */
export async function listCatalogue(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/**
 * Reads an entry and checks it: the manifest by its schema, the weights by their digest, the card by its headings.
 * @throws LecternError `not-found`, `invalid-artifact`, `integrity`
 */
export async function readEntry(folder: string): Promise<CatalogueEntry> {
  const read = (name: string): Promise<Buffer> =>
    readFile(join(folder, name)).catch((cause: unknown) => {
      throw new LecternError(
        "not-found",
        `${folder} has no ${name}.`,
        "Restore it, or take the entry out of the catalogue.",
        { cause },
      );
    });
  const [text, bytes, card] = await Promise.all([
    read(files.manifest),
    read(files.weights),
    read(files.card),
  ]);
  const draft = parseDraft(text.toString("utf8"), join(folder, files.manifest));
  const weights = new Uint8Array(bytes);
  const digest = await sha256Hex(weights);
  if (digest !== draft.weights.sha256)
    throw new LecternError(
      "integrity",
      `${join(folder, files.weights)} has the digest ${digest}, and its manifest names ${draft.weights.sha256}.`,
      "Restore both files.",
    );
  const words = card.toString("utf8");
  const missing = cardHeadings.filter((heading) => !words.includes(`\n## ${heading}\n`));
  if (missing.length > 0)
    throw new LecternError(
      "invalid-artifact",
      `${join(folder, files.card)} says nothing under ${missing.join(", ")}.`,
      "Complete the card.",
    );
  return { manifest: draft, weights, card: words };
}

function parseDraft(text: string, file: string): Omit<Manifest, "publisher"> {
  const refuse = (what: string, cause?: unknown) =>
    new LecternError("invalid-artifact", `${file} ${what}.`, "Restore it.", { cause });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse("isn't JSON", cause);
  }
  const parsed = draftSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw refuse(`isn't a teacher's manifest: ${path.join(".")}: ${message}`);
}

/** Writes manifest and weights; the card is written by hand, beside them. */
export async function writeDraft(folder: string, { manifest: draft, weights }: Draft): Promise<void> {
  await writeAtomically(join(folder, files.weights), weights);
  await writeAtomically(join(folder, files.manifest), `${JSON.stringify(draft, undefined, 2)}\n`);
}
