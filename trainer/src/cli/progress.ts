import { SingleBar } from "cli-progress";

/** Progress of long work on stderr: a bar with an ETA on a terminal, a line now and then elsewhere. */
export interface Progress {
  /**
   * @param note what to show beside the bar
   * @param total if it changed: a search may find that it has more to do
   */
  update(done: number, note?: string, total?: number): void;
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
    update(done, note = "", newTotal) {
      if (newTotal !== undefined) bar.setTotal(newTotal);
      bar.update(done, { note: note && `· ${note}` });
    },
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
    update(done, note = "", of = total) {
      const now = Date.now();
      if (now - last < lineIntervalMs && done < of) return;
      last = now;
      const perUnit = (now - begun) / Math.max(1, done - from);
      const eta = Math.round((perUnit * (of - done)) / 1000);
      stream.write(`${done}/${of} ${unit} · ETA ${eta} s${note && ` · ${note}`}\n`);
    },
    log: (line) => void stream.write(`${line}\n`),
    stop: () => {},
  };
}
