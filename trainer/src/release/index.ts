export { composeRelease, draftRelease, expectPublishable, signDraft } from "./compose.ts";
export type { Artifact, Draft, ReleaseLabel, ReleaseOptions } from "./compose.ts";
export { isArtifactFolder, readArtifact, writeArtifact } from "./folder.ts";
export { defaultKeyPath, openSigningKey } from "./signing-key.ts";
