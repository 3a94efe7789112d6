import { fileURLToPath } from "node:url";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** In workerd, with real D1 and R2; storage is isolated per file. */
export default defineConfig({
  plugins: [
    cloudflareTest(async () => ({
      wrangler: { configPath: here("../wrangler.toml") },
      miniflare: {
        // Out of the way of tests; those of the limits have some of their own.
        ratelimits: {
          ADDRESS_LIMIT: { namespace_id: "1001", simple: { limit: 1e9, period: 60 } },
          TOKEN_LIMIT: { namespace_id: "1002", simple: { limit: 1e9, period: 60 } },
          EMIT_LIMIT: { namespace_id: "1003", simple: { limit: 1e9, period: 60 } },
          REPORT_LIMIT: { namespace_id: "1004", simple: { limit: 1e9, period: 60 } },
          THREE_A_MINUTE: { namespace_id: "1999", simple: { limit: 3, period: 60 } },
        },
        bindings: {
          LOG: "errors",
          RESULTS_SALT: "a salt of the tests",
          MIGRATIONS: await readD1Migrations(here("migrations")),
        },
      },
    })),
  ],
  test: {
    name: "api",
    include: ["api/{src,test}/**/*.test.ts", "{src,test}/**/*.test.ts"],
    exclude: ["**/*.soak.test.ts"],
    setupFiles: [here("test/apply-migrations.ts")],
    testTimeout: 20_000,
  },
});
