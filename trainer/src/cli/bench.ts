import { Command, InvalidArgumentError, Option } from "commander";
import { backendChoices } from "../backend/names.ts";
import {
  benchCase,
  benchCaseNames,
  measureOverhead,
  runBench,
  strategies,
  type Strategy,
} from "../bench/index.ts";
import { count, positive } from "./flags.ts";

interface Flags {
  cases: string[];
  seconds: number;
  backend: string;
  workers: number;
  strategy: Strategy;
  compare?: string;
  overhead?: boolean;
}

export const benchCommand = (): Command =>
  new Command("bench")
    .description(
      "Time a meta-training step (ce_step, step, reverse, hyper; medians in ms): one JSON line a case.",
    )
    .option("--cases <list>", `of ${benchCaseNames.join(", ")}, separated by commas`, parseCases, [
      ...benchCaseNames,
    ])
    .option("--seconds <n>", "measuring time a case", positive, 10)
    .addOption(
      new Option("--backend <name>", "TensorFlow.js backend").choices([...backendChoices]).default("wasm"),
    )
    .addOption(
      new Option("--strategy <name>", "how reverse gets its Hessian product")
        .choices([...strategies])
        .default("exact"),
    )
    .option("--workers <n>", "students at a time, each in a thread of its own", count, 1)
    .option(
      "--compare <folder>",
      "first check our numbers against the steps that bench/pytorch.py --export wrote there",
    )
    .option("--overhead", "instead: how much of each action is spent outside WebAssembly (wasm, one thread)")
    .action(async ({ compare, overhead, ...flags }: Flags) => {
      const print = (row: object) => void process.stdout.write(`${JSON.stringify(row)}\n`);
      if (overhead) await measureOverhead(flags.cases, flags.seconds, print);
      else await runBench({ ...flags, ...(compare !== undefined && { compareWith: compare }) }, print);
    });

function parseCases(list: string): string[] {
  const names = list.split(",");
  try {
    for (const name of names) benchCase(name);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
  return names;
}
