import { Command, CommanderError } from "commander";
import { isLecternError, type ErrorCode } from "@lectern/shared/errors";
import { closeBackends } from "../backend/index.ts";
import { benchCommand } from "./bench.ts";
import { checkHypergradientCommand } from "./check-hypergradient.ts";
import { devCommand } from "./dev.ts";
import { evaluateCommand } from "./evaluate.ts";
import { experimentCommand } from "./experiment.ts";
import { explainCommand } from "./explain.ts";
import { listCommand } from "./list.ts";
import { keyCommand } from "./keys.ts";
import { loginCommand } from "./login.ts";
import { publishCommand } from "./publish.ts";
import { pullCommand } from "./pull.ts";
import { deprecateCommand, tagCommand, unyankCommand, yankCommand } from "./releases.ts";
import { tokenCommand } from "./tokens.ts";
import { trainCommand } from "./train.ts";

/**
 * The `lectern` command. Results go to stdout, progress and errors to stderr.
 * @returns the process's exit code: 0, 1 (failed), 2 (wrong usage), 130 (interrupted)
 */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command("lectern")
    .description("Meta-train teachers that emit loss functions, evaluate, publish and pull them.")
    .version("0.1.0")
    .showSuggestionAfterError()
    .showHelpAfterError("(lectern --help lists the commands, lectern COMMAND --help its flags)")
    .exitOverride();
  for (const command of [
    trainCommand(),
    evaluateCommand(),
    experimentCommand(),
    explainCommand(),
    publishCommand(),
    pullCommand(),
    listCommand(),
    loginCommand(),
    tokenCommand(),
    keyCommand(),
    yankCommand(),
    unyankCommand(),
    deprecateCommand(),
    tagCommand(),
    devCommand(),
    checkHypergradientCommand(),
    benchCommand(),
  ])
    program.addCommand(
      command.exitOverride().showSuggestionAfterError().showHelpAfterError("(--help lists the flags)"),
    );
  try {
    await program.parseAsync([...args], { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${describe(error)}\n`);
    return isLecternError(error) ? (exitCodes[error.code] ?? 1) : 1;
  } finally {
    // WebGPU's device would keep the process alive.
    closeBackends();
  }
}

const exitCodes: Partial<Record<ErrorCode, number>> = { "invalid-argument": 2, aborted: 130 };

/** One sentence and its remedy; for a defect of ours, what to report. LECTERN_DEBUG=1 adds the stack. */
function describe(error: unknown): string {
  const debug = process.env.LECTERN_DEBUG && error instanceof Error ? `\n${error.stack}` : "";
  if (isLecternError(error)) return `lectern: ${error.message}${debug}`;
  const message = error instanceof Error ? error.message : String(error);
  return `lectern: unexpected failure: ${message} Set LECTERN_DEBUG=1 for its trace, and report it with the command.${debug}`;
}
