import { spawn } from "node:child_process";
import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { LecternError } from "@lectern/shared/errors";
import { wholeNumber } from "./flags.ts";

/** The repository's own server: the trainer doesn't import the API. */
const script = fileURLToPath(new URL("../../../scripts/dev-server.ts", import.meta.url));

export const devCommand = (): Command =>
  new Command("dev")
    .description("Start the edge API locally (workerd, D1, R2), migrations applied, with a token to publish.")
    .option("--port <port>", "on 127.0.0.1; 0 for any free one", wholeNumber, 8787)
    .option("--persist-to <folder>", "where D1 and R2 live (default: .lectern/api in the repository)")
    .action(async ({ port, persistTo }: { port: number; persistTo?: string }) => {
      await access(script).catch(() => {
        throw new LecternError(
          "unsupported",
          "lectern dev needs Lectern's repository around it.",
          "Clone the repository and run npx lectern dev there.",
        );
      });
      const server = spawn(
        process.execPath,
        [script, "--port", String(port), ...(persistTo === undefined ? [] : ["--persist-to", persistTo])],
        { stdio: "inherit" },
      );
      let stopped = false;
      const forward = (signal: NodeJS.Signals) => {
        stopped = true;
        server.kill(signal);
      };
      process.on("SIGINT", forward);
      process.on("SIGTERM", forward);
      process.exitCode = await new Promise<number>((resolve) =>
        // Ctrl-C is how it is meant to end; the runtime calls that 130.
        server.on("exit", (code) => resolve(stopped ? 0 : (code ?? 1))),
      );
    });
