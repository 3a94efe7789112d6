import { defineConfig } from "vitest/config";
import api from "./vitest.config.ts";

/** The long tests that run in workerd: a project of its own, outside npm test. */
export default defineConfig({
  ...api,
  test: {
    ...api.test,
    name: "soak-api",
    include: ["api/{src,test}/**/*.soak.test.ts", "{src,test}/**/*.soak.test.ts"],
    exclude: [],
    testTimeout: 3_600_000,
  },
});
