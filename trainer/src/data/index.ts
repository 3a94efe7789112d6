export { readCifar10 } from "./cifar10.ts";
export { readCifar100 } from "./cifar100.ts";
export { readFashionMnist } from "./fashion-mnist.ts";
export {
  featureCount,
  gatherInputs,
  gatherLabels,
  sharedBytes,
  sharedFloats,
  sharedLabels,
} from "./dataset.ts";
export type { Dataset, DatasetPair } from "./dataset.ts";
export { cifar100Digests, cifar10Digests, mnistDigests } from "./digests.ts";
export type { Digest, DigestTable } from "./digests.ts";
export { downloadData, downloadSources } from "./download.ts";
export type { DownloadOptions, DownloadSource } from "./download.ts";
export type { Progress } from "./fetch-bytes.ts";
export { cacheFolder, findDataFolder, findTableFolder } from "./folder.ts";
export type { DownloadableName, FolderOptions } from "./folder.ts";
export { expectLabels } from "./labels.ts";
export { readMnist } from "./mnist.ts";
export { readTable } from "./table/read-table.ts";
export type { TableOptions, TablePair } from "./table/read-table.ts";
export { isTableName, knownTables, tableSource } from "./table/table-source.ts";
export type { TableName, TableSource } from "./table/table-source.ts";
