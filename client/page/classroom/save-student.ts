import { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { SavedStudent } from "./messages.ts";
import { weightsFile } from "./names.ts";

/** A student as the files of `tf.loadLayersModel`: its topology as JSON, and its weights. */
export async function saveStudent(model: LayersModel): Promise<SavedStudent> {
  let saved: SavedStudent | undefined;
  await model.save(
    io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData, format, generatedBy }) => {
      const json = {
        format,
        generatedBy,
        convertedBy: null,
        modelTopology,
        weightsManifest: [{ paths: [weightsFile], weights: weightSpecs }],
      };
      saved = {
        json: JSON.stringify(json),
        weights: io.concatenateArrayBuffers([weightData].flat() as ArrayBuffer[]),
      };
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
    }),
  );
  return saved!;
}
