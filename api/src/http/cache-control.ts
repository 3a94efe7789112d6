/** For what never changes: an exact version, weights by digest. */
export const immutable = "public, max-age=31536000, immutable";
/** For what a write changes: ranges, tags, lists. */
export const minute = "public, max-age=60";
/** For what is a private teacher's: kept by nobody. */
export const unshared = "private, no-store";
