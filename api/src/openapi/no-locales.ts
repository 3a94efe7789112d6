/** Stands in for zod's languages in the bundle (wrangler.toml). */
export {};
