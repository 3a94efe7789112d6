export { composeRelease, expectPublishable } from "./compose.ts";
export type { Artifact, ReleaseOptions } from "./compose.ts";
export { isArtifactFolder, readArtifact, writeArtifact } from "./folder.ts";
export { defaultKeyPath, openSigningKey } from "./signing-key.ts";
