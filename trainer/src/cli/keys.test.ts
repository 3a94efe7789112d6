import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { keyCommand } from "./keys.ts";

it("rotates no key that isn't there, and makes none in its place", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lectern-keys-"));
  try {
    const path = join(folder, "signing-key.json");
    const rotate = keyCommand().parseAsync(["rotate", "--key", path, "--token", `lec_${"x".repeat(43)}`], {
      from: "user",
    });
    await expect(rotate).rejects.toThrow(`There is no signing key at ${path} to rotate. Restore it`);
    await expect(access(path)).rejects.toThrow("ENOENT");
  } finally {
    await rm(folder, { recursive: true });
  }
});
