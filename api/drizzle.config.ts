import { defineConfig } from "drizzle-kit";

/** `npx drizzle-kit generate --config api/drizzle.config.ts` (from the top) writes the next migration, offline. */
export default defineConfig({
  dialect: "sqlite",
  schema: "./api/src/database/schema.ts",
  out: "./api/migrations",
});
