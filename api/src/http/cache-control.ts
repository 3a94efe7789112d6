/** For what never changes: an exact version, weights by digest. */
export const immutable = "public, max-age=31536000, immutable";
/** For what a publication changes: ranges, `latest`, lists. */
export const minute = "public, max-age=60";
