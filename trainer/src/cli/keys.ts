import { access, copyFile, rename } from "node:fs/promises";
import { Command } from "commander";
import { endorseKey } from "@lectern/shared/artifact";
import { LecternError } from "@lectern/shared/errors";
import type { KeyList } from "@lectern/shared/schema";
import { defaultKeyPath, openSigningKey } from "../release/index.ts";
import { askApi, openManagement, timeoutOption, tokenOption, urlOption } from "./api-flags.ts";

interface Flags {
  url?: string;
  timeout: number;
  token?: string;
}

const common = (command: Command): Command =>
  command.addOption(urlOption()).addOption(timeoutOption()).addOption(tokenOption());

export const keyCommand = (): Command =>
  new Command("key")
    .description("List, rotate and revoke the keys that an owner signs with.")
    .addCommand(
      common(new Command("list"))
        .description("List an owner's keys, and which endorsed which.")
        .argument("[owner]", "yourself by default")
        .action(async (owner: string | undefined, flags: Flags) => {
          const { management } = await openManagement(flags);
          const name = owner ?? (await askApi(management.whoAmI())).owner;
          process.stdout.write(show(await askApi(management.listKeys(name))));
        }),
    )
    .addCommand(
      common(new Command("rotate"))
        .description("Make a new signing key, endorsed by the old one, which signs no more versions.")
        .option("--key <file>", "the signing key", defaultKeyPath())
        .action(async (flags: Flags & { key: string }) => {
          await demandKey(flags.key);
          const { management } = await openManagement(flags);
          const { owner } = await askApi(management.whoAmI());
          const { key: old } = await openSigningKey(flags.key);
          // Kept before it is registered: run again after a failure, the same new key is registered.
          const { key } = await openSigningKey(`${flags.key}.next`);
          const statement = { owner, from: old.publicKey, to: key.publicKey };
          const keys = await askApi(
            management.registerKey(owner, {
              publicKey: key.publicKey,
              endorsedBy: old.publicKey,
              endorsement: await endorseKey(statement, old),
              proof: await endorseKey(statement, key),
              retire: true,
            }),
          );
          const retired = `${flags.key}.${old.publicKey.replaceAll(/\W/g, "").slice(0, 8)}.retired`;
          // A copy first: at no moment is there no key, for which the next command would make one that nobody endorsed.
          await copyFile(flags.key, retired);
          await rename(`${flags.key}.next`, flags.key);
          process.stdout.write(show(keys));
          process.stderr.write(
            `${flags.key} is the new key, ${retired} the old one. Back the new one up: it is who you are as a publisher.\n`,
          );
        }),
    )
    .addCommand(
      common(new Command("revoke"))
        .description("Revoke a key that was lost or stolen, for good. Rotate first where you still can.")
        .argument("<key>", "public key, base64")
        .requiredOption("--reason <text>", "for those who come upon it")
        .action(async (publicKey: string, flags: Flags & { reason: string }) => {
          const { management } = await openManagement(flags);
          const { owner } = await askApi(management.whoAmI());
          process.stdout.write(show(await askApi(management.revokeKey(owner, publicKey, flags.reason))));
        }),
    );

/** A new one in its place could endorse nothing. */
async function demandKey(path: string): Promise<void> {
  await access(path).catch((cause: unknown) => {
    throw new LecternError(
      "invalid-argument",
      `There is no signing key at ${path} to rotate.`,
      "Restore it from your backup, or pass another with --key; docs/trust.md says what to do when it is lost.",
      { cause },
    );
  });
}

function show({ owner, keys }: KeyList): string {
  return keys
    .map(({ publicKey, createdAt, endorsedBy, retiredAt, revokedAt, revokedReason }) =>
      [
        `${publicKey} of ${owner} since ${createdAt.slice(0, 10)}`,
        endorsedBy === null ? "the first" : `endorsed by ${endorsedBy}`,
        retiredAt && `retired ${retiredAt.slice(0, 10)}`,
        revokedAt && `revoked ${revokedAt.slice(0, 10)}: ${revokedReason}`,
      ]
        .filter(Boolean)
        .join("; "),
    )
    .map((line) => `${line}\n`)
    .join("");
}
