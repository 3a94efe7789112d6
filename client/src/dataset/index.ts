export { teachDataset } from "./teach-dataset.ts";
export type { BatchDataset, DatasetBatch, TeachDatasetOptions } from "./teach-dataset.ts";
