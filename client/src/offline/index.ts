export { browserStorage } from "./browser-storage.ts";
export type { BrowserStorageOptions, OfflineStorage } from "./browser-storage.ts";
export { offline } from "./offline.ts";
export type { OfflineConnection, OfflineOptions } from "./offline.ts";
export { revalidatingFetch } from "./revalidating-fetch.ts";
export type { Freshness, RevalidatingFetch, RevalidatingOptions } from "./revalidating-fetch.ts";
