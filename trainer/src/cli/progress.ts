import { SingleBar } from "cli-progress";

/** Progress of long work on stderr: a bar with an ETA on a terminal, a line now and then elsewhere. */
export interface Progress {
  /** @param note what to show beside the bar */
  update(done: number, note?: string): void;
  /** A line of its own, above the bar. */
  log(line: string): void;
  stop(): void;
}

export interface ProgressOptions {
  /** What is counted: "meta-steps", "trainings". */
  readonly unit: string;
  readonly total: number;
  /** Where a resumed run stands. */
  readonly from?: number;
  readonly quiet?: boolean;
  readonly stream?: NodeJS.WriteStream;
}

const silent: Progress = { update: () => {}, log: () => {}, stop: () => {} };

export function startProgress(options: ProgressOptions): Progress {
  if (options.quiet) return silent;
  const stream = options.stream ?? process.stderr;
  return stream.isTTY ? barProgress(options, stream) : lineProgress(options, stream);
}

function barProgress({ unit, total, from = 0 }: ProgressOptions, stream: NodeJS.WriteStream): Progress {
  const bar = new SingleBar({
    stream,
    format: `{bar} {value}/{total} ${unit} · {duration_formatted} · ETA {eta_formatted} {note}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 20,
    hideCursor: true,
    etaBuffer: 20,
    fps: 4,
  });
  bar.start(total, from, { note: "" });
  return {
    update: (done, note = "") => bar.update(done, { note: note && `· ${note}` }),
    log(line) {
      stream.write(`\r\x1b[K${line}\n`);
    },
    stop: () => bar.stop(),
  };
}

/** At most a line every so many seconds, so that a log stays readable. */
const lineIntervalMs = 10_000;

function lineProgress({ unit, total, from = 0 }: ProgressOptions, stream: NodeJS.WriteStream): Progress {
  const begun = Date.now();
  let last = begun;
  return {
    update(done, note = "") {
      const now = Date.now();
      if (now - last < lineIntervalMs && done < total) return;
      last = now;
      const perUnit = (now - begun) / Math.max(1, done - from);
      const eta = Math.round((perUnit * (total - done)) / 1000);
      stream.write(`${done}/${total} ${unit} · ETA ${eta} s${note && ` · ${note}`}\n`);
    },
    log: (line) => void stream.write(`${line}\n`),
    stop: () => {},
  };
}
