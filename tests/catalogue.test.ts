import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect } from "@lectern/client/connect";
import { expect, it } from "vitest";
import { startApi } from "../scripts/dev-server.ts";
import { listCatalogue, readEntry } from "../trainer/src/catalogue/index.ts";

const top = fileURLToPath(new URL("..", import.meta.url));
const catalogue = join(top, "catalogue");
const run = promisify(execFile);

it("the catalogue is published into a fresh API, again without a change, and each teacher is pulled", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lectern-catalogue-"));
  const api = await startApi({ port: 0, persistTo: join(folder, "api"), quiet: true });
  try {
    const publish = async () => {
      const { stdout } = await run(
        process.execPath,
        [
          join(top, "scripts/publish-catalogue.ts"),
          "--url",
          api.url,
          "--token",
          api.token,
          "--key",
          join(folder, "key.json"),
        ],
        { cwd: folder },
      );
      return stdout;
    };
    const said = await publish();
    expect(await publish()).toBe(said);

    const names = await listCatalogue(catalogue);
    expect(names.length).toBeGreaterThanOrEqual(5);
    for (const name of names) {
      const entry = await readEntry(join(catalogue, name));
      expect(said).toContain(`${name} ${entry.manifest.version}  ${entry.weights.length} bytes\n`);
      const pulled = await connect(api.url).teacher(name);
      expect(pulled.manifest).toMatchObject({ ...entry.manifest, publisher: { name: "local" } });
      expect(Buffer.compare(pulled.weights, entry.weights)).toBe(0);
    }
  } finally {
    await api.stop();
    await rm(folder, { recursive: true });
  }
});

it("each card shows the evaluation that its manifest was published with, and a command that is there", async () => {
  const { scripts } = JSON.parse(await readFile(join(top, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  for (const name of await listCatalogue(catalogue)) {
    const { manifest, card } = await readEntry(join(catalogue, name));
    expect(manifest.name).toBe(name);
    const { evaluation } = manifest.provenance;
    expect(evaluation!.pairedSeeds).toBeGreaterThanOrEqual(10);
    for (const { loss, error } of evaluation!.rows) {
      // Whatever the columns' widths.
      expect(card.replaceAll(/ +/g, " "), `${name}: ${loss}`).toContain(
        `| ${loss} | ${error.mean.toFixed(2)} | ${error.low.toFixed(2)} – ${error.high.toFixed(2)} |`,
      );
    }
    const file = /npx lectern experiment (\S+\.json)/.exec(card)?.[1];
    const script = /npm run ([\w:-]+)/.exec(card)?.[1];
    if (file) JSON.parse(await readFile(join(top, file), "utf8"));
    else expect(scripts[script!], name).toBeDefined();
  }
});
