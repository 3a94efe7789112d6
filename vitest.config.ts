import { defineConfig } from "vitest/config";

/**
 * unit     seconds; pure logic and small tensors
 * engine   goldens, training runs, resume: minutes
 * api      in workerd, with real D1 and R2 (api/vitest.config.ts)
 * e2e      real processes: workerd, the lectern command, Chromium
 * soak     long runs, outside npm test: npm run test:soak
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          environment: "node",
          include: ["{shared,client,trainer}/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/*.engine.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "engine",
          environment: "node",
          include: ["{shared,client,trainer}/**/*.engine.test.ts"],
          exclude: ["**/node_modules/**"],
          testTimeout: 240_000,
        },
      },
      "./api/vitest.config.t[s]",
      "./api/vitest.soak.config.t[s]",
      {
        test: {
          name: "e2e",
          environment: "node",
          include: ["tests/**/*.test.ts"],
          exclude: ["**/*.soak.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "soak",
          environment: "node",
          include: ["tests/**/*.soak.test.ts"],
          testTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
