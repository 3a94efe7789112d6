import { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Side } from "./contest.ts";
import type { SavedStudent } from "./messages.ts";
import { fileNames } from "./names.ts";
import type { Scaling } from "./own/own-data.ts";

/** What one must know to use a student: kept in its JSON as `userDefinedMetadata`. */
export interface StudentFacts {
  readonly classNames: readonly string[];
  readonly inputShape: readonly number[];
  /** Of a table: what its numbers were, and how they were standardised before the student saw them. */
  readonly columns?: readonly string[];
  readonly scaling?: Scaling;
}

/** A student as the files of `tf.loadLayersModel`: its topology as JSON, and its weights. */
export async function saveStudent(
  model: LayersModel,
  side: Side,
  facts: StudentFacts,
): Promise<SavedStudent> {
  const weightsName = `${fileNames[side]}.weights.bin`;
  let saved: SavedStudent | undefined;
  await model.save(
    io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData, format, generatedBy }) => {
      const json = {
        format,
        generatedBy,
        convertedBy: null,
        modelTopology,
        weightsManifest: [{ paths: [weightsName], weights: weightSpecs }],
        userDefinedMetadata: facts,
      };
      saved = {
        weightsName,
        json: JSON.stringify(json),
        weights: io.concatenateArrayBuffers([weightData].flat() as ArrayBuffer[]),
      };
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
    }),
  );
  return saved!;
}
