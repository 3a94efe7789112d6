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
    setupFiles: [here("test/apply-migrations.ts")],
    testTimeout: 20_000,
  },
});
