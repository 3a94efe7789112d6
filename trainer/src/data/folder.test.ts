import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder, findDataFolder } from "./index.ts";
import { smallCifar10, smallMnist, writeFiles } from "./small-files.fixture.ts";
import { temporaryFolder } from "./temporary-folder.fixture.ts";

test("finds the folder itself or the data set's subfolder; dataDir wins over LECTERN_DATA, and that over the cache", async () => {
  const root = await temporaryFolder();
  const cache = await temporaryFolder();
  for (const folder of ["mnist", "cifar-10"]) await mkdir(join(root, folder));
  await mkdir(join(cache, "lectern/data/mnist"), { recursive: true });
  await writeFiles(join(root, "mnist"), smallMnist, { zipped: true });
  await writeFiles(join(root, "cifar-10"), smallCifar10);
  await writeFiles(join(cache, "lectern/data/mnist"), smallMnist);
  const environment = { LECTERN_DATA: root, XDG_CACHE_HOME: cache };
  expect(await findDataFolder("mnist", { environment })).toBe(join(root, "mnist"));
  expect(await findDataFolder("cifar10", { environment })).toBe(join(root, "cifar-10"));
  expect(await findDataFolder("mnist", { dataDir: join(root, "mnist"), environment: {} })).toBe(
    join(root, "mnist"),
  );
  expect(await findDataFolder("mnist", { environment: { XDG_CACHE_HOME: cache } })).toBe(
    join(cacheFolder(environment), "mnist"),
  );
  await expect(findDataFolder("mnist", { dataDir: join(root, "cifar-10"), environment })).rejects.toThrow(
    /^No mnist data: looked for train-images-idx3-ubyte or train-images-idx3-ubyte\.gz in .*cifar-10, .*cifar-10\/mnist\. Name the folder/,
  );
});

test("with nothing given and an empty cache, the remedy is to download", async () => {
  const cache = await temporaryFolder();
  await expect(findDataFolder("cifar10", { environment: { XDG_CACHE_HOME: cache } })).rejects.toMatchObject({
    code: "not-found",
    remedy: expect.stringMatching(/--download/),
  });
});

test("Fashion-MNIST is looked for where its name stands: its files are called like MNIST's", async () => {
  const root = await temporaryFolder();
  await writeFiles(root, smallMnist);
  await expect(findDataFolder("fashion-mnist", { dataDir: root, environment: {} })).rejects.toThrow(
    "No fashion-mnist data",
  );
  const folder = join(root, "fashion-mnist");
  await mkdir(folder);
  await writeFiles(folder, smallMnist);
  expect(await findDataFolder("fashion-mnist", { dataDir: root, environment: {} })).toBe(folder);
  expect(await findDataFolder("fashion-mnist", { dataDir: folder, environment: {} })).toBe(folder);
});
