import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { downloadData, readCifar10, readCifar100, readFashionMnist, readMnist } from "./index.ts";
import type { Progress } from "./index.ts";
import { digestOf } from "./digests.ts";
import { digestsOf, smallCifar10, smallCifar100, smallMnist } from "./small-files.fixture.ts";
import { temporaryFolder } from "./temporary-folder.fixture.ts";

const inArchive = { archive: "cifar-10-binary.tar.gz" };

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serveMnist = (requests: string[]) =>
  serve((request, response) => {
    requests.push(request.url!);
    response.end(gzipSync(smallMnist[request.url!.slice(1, -3)]!));
  });

const mnistSource = (baseUrl: string) => ({ baseUrl, digests: digestsOf(smallMnist) });

test("fetches MNIST once, with progress, and what it wrote is readable", async () => {
  const root = await temporaryFolder();
  const requests: string[] = [];
  const baseUrl = await serveMnist(requests);
  const seen: Progress[] = [];
  const source = mnistSource(baseUrl);
  const folder = await downloadData("mnist", { root, source, onProgress: (progress) => seen.push(progress) });
  expect((await readMnist(folder, { digests: source.digests })).train.count).toBe(4);
  expect(await readdir(folder)).toEqual(
    Object.keys(smallMnist)
      .map((name) => `${name}.gz`)
      .toSorted(),
  );
  expect(seen.at(-1)).toMatchObject({ url: `${baseUrl}/t10k-labels-idx1-ubyte.gz` });
  expect(seen.every(({ received, total }) => received === total)).toBe(true);
  await downloadData("mnist", { root, source });
  expect(requests).toHaveLength(4);
});

test("unpacks CIFAR-10's archive and leaves out what it doesn't know", async () => {
  const root = await temporaryFolder();
  const archive = gzipSync(
    tar({
      "cifar-10-batches-bin/readme.html": new Uint8Array(700),
      ...Object.fromEntries(Object.entries(smallCifar10).map(([name, bytes]) => [`../../x/${name}`, bytes])),
    }),
  );
  const baseUrl = await serve((_, response) => response.end(archive));
  const digests = digestsOf(smallCifar10);
  const archiveDigest = { algorithm: "sha256", hex: digestOf(archive, "sha256") } as const;
  const folder = await downloadData("cifar10", {
    root,
    source: { baseUrl, digests, ...inArchive, archiveDigest },
  });
  expect(await readdir(folder)).toEqual(Object.keys(smallCifar10).toSorted());
  expect([...(await readCifar10(folder, { digests })).train.labels]).toEqual([0, 1, 2, 3, 4]);
});

test("fetches Fashion-MNIST into a folder of its own, checking what travels; CIFAR-100 from its archive", async () => {
  const root = await temporaryFolder();
  const zipped = Object.fromEntries(
    Object.entries(smallMnist).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]),
  );
  const baseUrl = await serve((request, response) => response.end(zipped[request.url!.slice(1)]));
  const zippedDigests = Object.fromEntries(
    Object.entries(zipped).map(([name, bytes]) => [
      name,
      { algorithm: "md5", hex: digestOf(bytes, "md5") } as const,
    ]),
  );
  const source = { baseUrl, digests: {}, zippedDigests };
  const folder = await downloadData("fashion-mnist", { root, source });
  expect(folder).toBe(join(root, "fashion-mnist"));
  const { train } = await readFashionMnist(folder);
  expect([train.count, train.classNames[9]]).toEqual([4, "ankle boot"]);
  const wrong = {
    ...zippedDigests,
    "t10k-images-idx3-ubyte.gz": zippedDigests["train-images-idx3-ubyte.gz"]!,
  };
  await expect(
    downloadData("fashion-mnist", {
      root: await temporaryFolder(),
      source: { ...source, zippedDigests: wrong },
    }),
  ).rejects.toThrow("t10k-images-idx3-ubyte.gz has the wrong checksum: md5");

  const files = Object.fromEntries(
    Object.entries(smallCifar100).map(([name, bytes]) => [`cifar-100-binary/${name}`, bytes]),
  );
  const archive = gzipSync(tar({ ...files, "cifar-100-binary/fine_label_names.txt": new Uint8Array(9) }));
  const hundred = await downloadData("cifar100", {
    root,
    source: {
      baseUrl: await serve((_, response) => response.end(archive)),
      digests: digestsOf(smallCifar100),
      archive: "cifar-100-binary.tar.gz",
    },
  });
  expect(hundred).toBe(join(root, "cifar-100"));
  expect((await readCifar100(hundred, { digests: null })).test.count).toBe(1);
});

test("what goes wrong is named, and nothing half-written stays", async () => {
  const good = gzipSync(smallMnist["train-images-idx3-ubyte"]!);
  const flipped = smallMnist["train-images-idx3-ubyte"]!.slice();
  flipped[20]! ^= 1;
  const cases: [listener: RequestListener, code: string, message: RegExp][] = [
    [(_, response) => response.writeHead(500).end(), "bad-response", /answered 500, expected 200/],
    [(_, response) => response.end("<html>Log in</html>"), "bad-response", /19 bytes that don't uncompress/],
    [(_, response) => response.end(gzipSync(flipped)), "integrity", /wrong checksum/],
    [
      (_, response) => {
        response.writeHead(200, { "content-length": good.length + 9 });
        response.write(good, () => response.destroy());
      },
      "bad-response",
      /broke off before its end/,
    ],
    [(_, response) => response.write("x"), "timeout", /sent nothing for 0\.1 s/],
  ];
  for (const [listener, code, message] of cases) {
    const root = await temporaryFolder();
    const download = downloadData("mnist", {
      root,
      source: mnistSource(await serve(listener)),
      idleTimeoutMs: code === "timeout" ? 100 : 30_000,
    });
    await expect(download).rejects.toMatchObject({ name: "LecternError", code });
    await expect(download).rejects.toThrow(message);
    expect(await readdir(`${root}/mnist`)).toEqual([]);
  }
});

test("no server, or a stopped download", async () => {
  const root = await temporaryFolder();
  const source = mnistSource("http://127.0.0.1:1");
  await expect(downloadData("mnist", { root, source })).rejects.toMatchObject({ code: "unreachable" });
  const stopped = { root, source: mnistSource(await serve(() => {})), signal: AbortSignal.abort() };
  await expect(downloadData("mnist", stopped)).rejects.toMatchObject({ code: "aborted" });
});

test("a damaged archive, and one that lacks a file", async () => {
  const root = await temporaryFolder();
  const digests = digestsOf(smallCifar10);
  const { "data_batch_5.bin": _, ...rest } = smallCifar10;
  const lacking = await serve((_, response) => response.end(gzipSync(tar(rest))));
  await expect(
    downloadData("cifar10", { root, source: { baseUrl: lacking, digests, ...inArchive } }),
  ).rejects.toThrow(/has no data_batch_5\.bin/);
  const damaged = tar({ "data_batch_5.bin": smallCifar10["data_batch_5.bin"]! });
  damaged[10]! ^= 1;
  const baseUrl = await serve((_, response) => response.end(gzipSync(damaged)));
  await expect(downloadData("cifar10", { root, source: { baseUrl, digests, ...inArchive } })).rejects.toThrow(
    /damaged or truncated at byte 0/,
  );
});

/** A ustar archive. */
function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([name, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write("0000644\0", 100);
    header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("        0ustar\0", 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    const body = Buffer.alloc(Math.ceil(bytes.length / 512) * 512);
    body.set(bytes);
    return [header, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
