import { Command } from "commander";
import type { ReleaseState, TagList } from "@lectern/shared/schema";
import { askApi, openManagement, parseRelease, timeoutOption, tokenOption, urlOption } from "./api-flags.ts";

interface Flags {
  url?: string;
  timeout: number;
  token?: string;
}

const common = (command: Command): Command =>
  command.addOption(urlOption()).addOption(timeoutOption()).addOption(tokenOption());

export const yankCommand = (): Command =>
  common(new Command("yank"))
    .description("Take a version out of ranges, tags and lists; asked for exactly, it still answers.")
    .argument("<release>", "such as glyphs@1.2.0")
    .requiredOption("--reason <text>", "for those who used it")
    .action(yank(true));

export const unyankCommand = (): Command =>
  common(new Command("unyank"))
    .description("Take a yank back.")
    .argument("<release>", "such as glyphs@1.2.0")
    .requiredOption("--reason <text>", "for the audit")
    .action(yank(false));

function yank(yanked: boolean) {
  return async (release: string, flags: Flags & { reason: string }) => {
    const { name, version } = parseRelease(release);
    const { management } = await openManagement(flags);
    const { reason } = flags;
    process.stdout.write(describe(await askApi(management.yank(name, version, { yanked, reason }))));
  };
}

export const deprecateCommand = (): Command =>
  common(new Command("deprecate"))
    .description("Tell users of a version something, such as what to use instead.")
    .argument("<release>", "such as glyphs@1.2.0")
    .argument("[message]", "nothing takes it back")
    .action(async (release: string, message: string | undefined, flags: Flags) => {
      const { name, version } = parseRelease(release);
      const { management } = await openManagement(flags);
      process.stdout.write(describe(await askApi(management.deprecate(name, version, message ?? null))));
    });

export const tagCommand = (): Command =>
  common(new Command("tag"))
    .description("Show a teacher's tags, or let one name a version: lectern tag glyphs@1.3.0-rc.1 beta.")
    .argument("<teacher>", "a release to tag, or a teacher")
    .argument("[tag]", "such as beta; ranges never lead to it")
    .option("--delete", "delete the tag instead", false)
    .action(async (teacher: string, tag: string | undefined, flags: Flags & { delete: boolean }) => {
      const { management } = await openManagement(flags);
      if (tag === undefined)
        return void process.stdout.write(show(await askApi(management.listTags(teacher))));
      if (flags.delete)
        return void process.stdout.write(show(await askApi(management.deleteTag(teacher, tag))));
      const { name, version } = parseRelease(teacher);
      process.stdout.write(show(await askApi(management.setTag(name, tag, version))));
    });

function describe({ name, version, yanked, deprecated }: ReleaseState): string {
  const states = [yanked && `yanked: ${yanked.reason}`, deprecated && `deprecated: ${deprecated}`];
  return `${name} ${version} is ${states.filter(Boolean).join("; ") || "as it was published"}\n`;
}

function show({ name, tags }: TagList): string {
  const lines = Object.entries(tags).map(([tag, version]) => `${tag} → ${version}\n`);
  return lines.join("") || `${name} has no tags\n`;
}
