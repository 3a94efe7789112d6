import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { manage } from "@lectern/client/manage";
import { isLecternError } from "@lectern/shared/errors";
import { publishCatalogue } from "../trainer/src/catalogue/index.ts";
import { apiUrl, askApi, credentialsFor } from "../trainer/src/cli/api-flags.ts";
import { defaultKeyPath, openSigningKey } from "../trainer/src/release/index.ts";

/**
 * Publishes the teachers of catalogue/ into any API, signed with your key (docs/catalogue.md). Again: changes nothing.
 * usage: npm run publish:catalogue -- [--url URL] [--token TOKEN] [--key FILE]
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      url: { type: "string" },
      token: { type: "string" },
      key: { type: "string", default: defaultKeyPath() },
      folder: { type: "string", default: fileURLToPath(new URL("../catalogue", import.meta.url)) },
    },
  });
  const url = apiUrl(values.url);
  const { token, owner } = await credentialsFor(values.token, url);
  const publisher = owner ?? (await askApi(manage(url, { token }).whoAmI())).owner;
  const { key, created } = await openSigningKey(values.key);
  if (created)
    process.stderr.write(
      `Made a signing key at ${values.key}. Back it up: it is who you are as a publisher.\n`,
    );
  const releases = await askApi(
    publishCatalogue(values.folder, {
      url,
      token,
      publisher,
      key,
      onPublished: ({ name, version, weights }) =>
        process.stdout.write(`${name} ${version}  ${weights.bytes} bytes\n`),
    }),
  );
  process.stdout.write(
    `${releases.length} teachers at ${url}; their cards are in ${join(values.folder, "NAME", "card.md")}.\n`,
  );
}

await main().catch((error: unknown) => {
  process.stderr.write(`${isLecternError(error) ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
