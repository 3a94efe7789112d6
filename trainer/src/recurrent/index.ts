export { emitAny, startAny } from "./emit-any.ts";
export { guideAny } from "./guide-any.ts";
export type { AnyNetwork, GuideWithStates } from "./guide-any.ts";
export { hasMemory, layoutOf, memoryArchitecture, readerOf } from "./recurrent-spec.ts";
export type { AnySpec, MemoryArchitecture } from "./recurrent-spec.ts";
