import { it } from "vitest";
import { faultModes } from "./fault-bindings.ts";
import { strikeAll } from "./fault-runs.ts";

it("answers every request with what it asked for or a problem, in every way that any call can fail", async () => {
  await strikeAll(() => faultModes);
}, 600_000);
