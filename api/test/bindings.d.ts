declare namespace Cloudflare {
  interface Env {
    DB: D1Database;
    WEIGHTS: R2Bucket;
    ASSETS: Fetcher;
    LOG: "errors";
    RESULTS_SALT: string;
    /** Of the tests only. */
    THREE_A_MINUTE: RateLimit;
    /** Of the tests only: what apply-migrations.ts runs. */
    MIGRATIONS: { name: string; queries: string[] }[];
  }
}

declare module "*?raw" {
  const text: string;
  export default text;
}
