import { expect, it } from "vitest";
import { useBackend } from "../trainer/src/backend/select.ts";
import { watchMemory } from "../trainer/src/bench/memory.fixture.ts";
import { installOverlay } from "../trainer/src/overlay/index.ts";

it("10,000 steps of an mlp and their reversals leave no tensor, no buffer and no larger heap behind", async () => {
  await useBackend("wasm");
  installOverlay();
  const [before, after] = await watchMemory("mlp", 10_000);
  expect(after).toEqual(before);
});
