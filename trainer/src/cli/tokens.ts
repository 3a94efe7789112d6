import { Command, InvalidArgumentError } from "commander";
import { scope, type Scope, type TokenInfo } from "@lectern/shared/schema";
import { askApi, openManagement, timeoutOption, tokenOption, urlOption } from "./api-flags.ts";

interface Flags {
  url?: string;
  timeout: number;
  token?: string;
}

const common = (command: Command): Command =>
  command.addOption(urlOption()).addOption(timeoutOption()).addOption(tokenOption());

/** `read,publish` */
function parseScopes(value: string): Scope[] {
  const parsed = scope.array().min(1).safeParse(value.split(","));
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(`expected some of ${scope.options.join(",")}.`);
}

/** `90d`, `12h` */
function parseDuration(value: string): string {
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(value) ?? [];
  if (count === undefined) throw new InvalidArgumentError("expected days or hours, such as 90d or 12h.");
  const hours = Number(count) * (unit === "d" ? 24 : 1);
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}

export const tokenCommand = (): Command =>
  new Command("token")
    .description("Make, list and revoke tokens of the owner that you are logged in as.")
    .addCommand(
      common(new Command("create"))
        .description("Make a token, which is shown this once. It can do no more than the one that makes it.")
        .requiredOption("--scopes <scopes>", "of read,publish,yank,admin", parseScopes)
        .option("--names <names>", "the only teachers that it is for, such as glyphs,digits")
        .option("--expires <duration>", "such as 90d or 12h (default: never)", parseDuration)
        .option("--label <text>", "what to call it in lists", "")
        .action(
          async (flags: Flags & { scopes: Scope[]; names?: string; expires?: string; label: string }) => {
            const { management } = await openManagement(flags);
            const made = await askApi(
              management.createToken({
                scopes: flags.scopes,
                label: flags.label,
                ...(flags.names !== undefined && { names: flags.names.split(",") }),
                ...(flags.expires !== undefined && { expiresAt: flags.expires }),
              }),
            );
            process.stdout.write(`${made.token}\n`);
            process.stderr.write(`This is ${describe(made)}. It is shown once; keep it like a password.\n`);
          },
        ),
    )
    .addCommand(
      common(new Command("list"))
        .description("List tokens, without their texts.")
        .action(async (flags: Flags) => {
          const { management } = await openManagement(flags);
          const tokens = await askApi(management.listTokens());
          process.stdout.write(tokens.map((token) => `${describe(token)}\n`).join(""));
        }),
    )
    .addCommand(
      common(new Command("revoke"))
        .description("Revoke a token, for good.")
        .argument("<id>", "as lectern token list shows it")
        .action(async (id: string, flags: Flags) => {
          const { management } = await openManagement(flags);
          process.stdout.write(`${describe(await askApi(management.revokeToken(id)))}\n`);
        }),
    );

function describe({ id, owner, label, scopes, names, lastFour, expiresAt, revokedAt }: TokenInfo): string {
  return [
    `${id} of ${owner} (…${lastFour}): ${scopes.join(", ")}`,
    names && `for ${names.join(", ")}`,
    label && `"${label}"`,
    expiresAt && `until ${expiresAt}`,
    revokedAt && `revoked ${revokedAt}`,
  ]
    .filter(Boolean)
    .join("; ");
}
