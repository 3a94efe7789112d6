import { beforeAll, expect, it } from "vitest";
import { useBackend } from "../backend/select.ts";
import { installOverlay } from "../overlay/index.ts";
import { watchMemory } from "./memory.fixture.ts";

beforeAll(async () => {
  await useBackend("wasm");
  installOverlay();
});

it.each([
  ["mlp", 300, 20],
  ["lenet", 3, 3],
  ["resnet8", 2, 2],
])(
  "%s: %i steps and reversals leave no tensor, no buffer and no larger heap behind",
  async (name, count, warmUp) => {
    const [before, after] = await watchMemory(name, count, warmUp);
    expect(after).toEqual(before);
  },
);
