/** Stands in for the languages of zod in the bundle (wrangler.toml): there are none. */
export const none = undefined;
