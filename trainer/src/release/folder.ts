import { access, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readSignedManifest } from "@lectern/shared/artifact";
import { LecternError } from "@lectern/shared/errors";
import { verifyArtifact } from "@lectern/client/connect";
import { writeAtomically } from "../storage/index.ts";
import type { Artifact } from "./compose.ts";

const files = { manifest: "manifest.json", weights: "weights.safetensors" };

/** True if a folder looks like a released teacher rather than a run. */
export const isArtifactFolder = (path: string): Promise<boolean> =>
  access(join(path, files.manifest)).then(
    () => true,
    () => false,
  );

/** Writes a teacher: weights first, so that a manifest never stands without them. */
export async function writeArtifact(
  path: string,
  { signed, weights }: Pick<Artifact, "signed" | "weights">,
): Promise<void> {
  await mkdir(path, { recursive: true });
  await writeAtomically(join(path, files.weights), weights);
  await writeAtomically(join(path, files.manifest), `${JSON.stringify(signed, undefined, 2)}\n`);
}

/** Reads a teacher and verifies it: signature, digest, size. */
export async function readArtifact(path: string): Promise<Artifact> {
  const read = async (name: string): Promise<Buffer> => {
    try {
      return await readFile(join(path, name));
    } catch (cause) {
      throw new LecternError(
        "not-found",
        `${path} holds no teacher: ${name} can't be read.`,
        "Pass a folder that lectern pull wrote, or a run.",
        { cause },
      );
    }
  };
  const text = (await read(files.manifest)).toString("utf8");
  const bytes = await read(files.weights);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LecternError(
      "invalid-artifact",
      `${join(path, files.manifest)} isn't JSON.`,
      "Pull the teacher again.",
      { cause },
    );
  }
  const signed = readSignedManifest(json);
  const weights = new Uint8Array(bytes);
  const { manifest } = await verifyArtifact({ signed, weights });
  return { manifest, signed, weights };
}
