import { prepareRun, type Preparation } from "./prepare.ts";
import { fullProbe } from "./affordable.ts";
import type { TrainConfig } from "./config.ts";
import { probeMetasmoothness, type Probe } from "./probe.ts";

/** `lectern train --probe`: looks at the start of a run, and writes nothing. */
export async function probeRun(config: TrainConfig, preparation: Preparation): Promise<Probe> {
  const { initial, executor } = await prepareRun(config, preparation);
  try {
    return await probeMetasmoothness(config, initial.theta, executor, fullProbe(config));
  } finally {
    await executor.close();
  }
}
