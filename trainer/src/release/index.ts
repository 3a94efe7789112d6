export { composeRelease, expectPublishable } from "./compose.ts";
export type { Artifact, ReleaseLabel, ReleaseOptions } from "./compose.ts";
export { isArtifactFolder, readArtifact, writeArtifact } from "./folder.ts";
export { defaultKeyPath, openSigningKey } from "./signing-key.ts";
