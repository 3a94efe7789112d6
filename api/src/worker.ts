import { createApp } from "./app.ts";

/** The Worker's entry (wrangler.toml). */
export default createApp();
