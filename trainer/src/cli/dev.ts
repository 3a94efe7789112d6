import { spawn } from "node:child_process";
import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { LecternError } from "@lectern/shared/errors";
import { count } from "./flags.ts";

/** The repository's own server: the trainer doesn't import the API. */
const script = fileURLToPath(new URL("../../../scripts/dev-server.ts", import.meta.url));

export const devCommand = (): Command =>
  new Command("dev")
    .description(
      "Start the edge API locally (workerd, D1, R2), migrations applied; its first token is printed once.",
    )
    .option("--port <port>", "on 127.0.0.1", count, 8787)
    .action(async ({ port }: { port: number }) => {
      await access(script).catch(() => {
        throw new LecternError(
          "unsupported",
          "lectern dev needs Lectern's repository around it.",
          "Clone the repository and run npx lectern dev there.",
        );
      });
      const server = spawn(process.execPath, [script, "--port", String(port)], { stdio: "inherit" });
      const forward = (signal: NodeJS.Signals) => server.kill(signal);
      process.on("SIGINT", forward);
      process.on("SIGTERM", forward);
      process.exitCode = await new Promise<number>((resolve) =>
        server.on("exit", (code) => resolve(code ?? 0)),
      );
    });
