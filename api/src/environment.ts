import type { Context } from "hono";

/** What wrangler.toml binds. */
export interface Bindings {
  DB: D1Database;
  WEIGHTS: R2Bucket;
  /** The page's files. Absent where only the API runs. */
  ASSETS?: Fetcher;
}

/** Who a request acts for, once its token is checked. */
export interface Caller {
  owner: string;
  scopes: ReadonlySet<string>;
}

export interface Environment {
  Bindings: Bindings;
  Variables: { requestId: string; caller: Caller };
}

export type ApiContext = Context<Environment>;
