import type { Context } from "hono";
import type { Location } from "./cache/location.ts";

/** What wrangler.toml binds. */
export interface Bindings {
  DB: D1Database;
  WEIGHTS: R2Bucket;
  /** The page's files. Absent where only the API runs. */
  ASSETS?: Fetcher;
  /** Counts requests, where it is bound. */
  METRICS?: AnalyticsEngineDataset;
  /** Which requests get a line in the log (operations/log-line.ts). */
  LOG?: "all" | "notable" | "errors";
  /** Secret: keys the hashes of reporters (results/). Without it, reports are refused. */
  RESULTS_SALT?: string;
  /** Requests of one address that reach the routes (limits/rate-limit.ts). */
  ADDRESS_LIMIT?: RateLimit;
  /** Requests with one token. */
  TOKEN_LIMIT?: RateLimit;
  /** Emissions for one address. */
  EMIT_LIMIT?: RateLimit;
  /** Reports about one teacher from one address (results/limit-reports.ts). */
  REPORT_LIMIT?: RateLimit;
}

/** Who a request acts for, once its token is checked. */
export interface Caller {
  owner: string;
  tokenId: string;
  scopes: ReadonlySet<string>;
  /** The only teachers that the token is for; undefined for all. */
  names: ReadonlySet<string> | undefined;
  /** RFC 3339; null for never. */
  expiresAt: string | null;
  /** The token is an operator's of this API: of the owner `operator`, with the scope `admin`. */
  isOperator: boolean;
}

export interface Environment {
  Bindings: Bindings;
  Variables: {
    requestId: string;
    caller: Caller;
    /** Where answers are kept (cache/). */
    location: Location;
  };
}

export type ApiContext = Context<Environment>;
