export { readCifar10 } from "./cifar10.ts";
export {
  featureCount,
  gatherInputs,
  gatherLabels,
  sharedBytes,
  sharedFloats,
  sharedLabels,
} from "./dataset.ts";
export type { Dataset, DatasetPair } from "./dataset.ts";
export { cifar10Digests, mnistDigests } from "./digests.ts";
export type { Digest, DigestTable } from "./digests.ts";
export { downloadData, downloadSources } from "./download.ts";
export type { DownloadOptions, DownloadSource } from "./download.ts";
export type { Progress } from "./fetch-bytes.ts";
export { cacheFolder, findDataFolder } from "./folder.ts";
export type { DownloadableName, FolderOptions } from "./folder.ts";
export { expectLabels } from "./labels.ts";
export { readMnist } from "./mnist.ts";
