import { Agent, request } from "node:http";
import { median } from "./load.ts";
import { startWorkers, type Workers } from "./workers.ts";

export interface ScaleLine {
  name: string;
  /** By number of teachers: the least of the answers' times, as a busy machine adds to all others; and the middle one. */
  leastMs: Record<string, number>;
  medianMs: Record<string, number>;
}

const samples = 41;

/** The n-th of many different questions of a kind, so that none is answered from a cache. */
const questions: Record<string, (n: number, teachers: number) => string> = {
  "list, 20 from somewhere": (n, teachers) => `/v1/teachers?limit=20&cursor=${nameOf((n * 7919) % teachers)}`,
  "by family": (n, teachers) => `/v1/teachers?family=gain&cursor=${nameOf((n * 7919) % teachers)}`,
  "by task": (n, teachers) => `/v1/teachers?task=task-3&cursor=${nameOf((n * 7919) % teachers)}`,
  "by prefix": (n, teachers) =>
    `/v1/teachers?prefix=${nameOf((n * 7919) % teachers).slice(0, 5)}&limit=${20 + n}`,
  "search, a word that one has": (n, teachers) => `/v1/teachers?q=${nameOf((n * 7919) % teachers)}`,
  "search, a word that all have": (n) => `/v1/teachers?q=teacher&limit=${20 + n}`,
  "search, two letters that none has": (n) => `/v1/teachers?q=qq&limit=${20 + n}`,
  "resolve a range": (n, teachers) => `/v1/teachers/${nameOf((n * 7919) % teachers)}/versions/^1.${n % 7}`,
  "a teacher's page": (n, teachers) => `/v1/teachers/${nameOf((n * 7919 + 1) % teachers)}`,
};

/** `t-0004-teacher`: by number, in the order of names. */
function nameOf(n: number): string {
  return `t-${String(n).padStart(5, "0")}-made`;
}

/** Each question at each size of the database: 38 cold answers through the whole API. */
export async function compareSizes(
  token: string,
  sizes: readonly number[],
  onLine: (line: string) => void,
): Promise<ScaleLine[]> {
  const lines: ScaleLine[] = Object.keys(questions).map((name) => ({ name, leastMs: {}, medianMs: {} }));
  for (const teachers of sizes) {
    const workers = await startWorkers(token);
    try {
      await fill(workers, teachers);
      const origin = await workers.address("lectern");
      for (const line of lines) {
        const ask = questions[line.name]!;
        const times: number[] = [];
        for (let n = 0; n < samples; n++) times.push(await time(origin + ask(n, teachers)));
        line.medianMs[teachers] = median(times.slice(3));
        line.leastMs[teachers] = Math.min(...times.slice(3));
      }
    } finally {
      await workers.stop();
    }
  }
  for (const { name, leastMs, medianMs } of lines) {
    const shown = sizes.map(
      (size) => `${size}: ${leastMs[size]!.toFixed(2)} (${medianMs[size]!.toFixed(1)})`,
    );
    const ratio = leastMs[sizes.at(-1)!]! / leastMs[sizes[0]!]!;
    onLine(`${name.padEnd(40)} ${shown.join("   ")}   ratio ${ratio.toFixed(2)}`);
  }
  return lines;
}

/** With ten versions each; the listings come by the database's own triggers. */
async function fill({ database }: Workers, teachers: number): Promise<void> {
  const step = 500;
  for (let from = 0; from < teachers; from += step) {
    const until = Math.min(from + step, teachers) - 1;
    const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${until})`;
    const name = "printf('t-%05d-made', i)";
    await database.batch([
      database.prepare(
        `${numbers} INSERT INTO teachers (name, owner, created_at) SELECT ${name}, 'bench', '' FROM n`,
      ),
      database.prepare(`${numbers}, v(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM v WHERE j < 9)
        INSERT INTO releases (name, version, precedence, stable, manifest, manifest_sha256, signature, public_key,
          description, family, classes, tasks, weights_sha256, weights_bytes, publisher, published_at, search_text, request_id)
        SELECT ${name}, '1.' || j || '.0', printf('000000001.%09d.000000000~', j), 1, hex(zeroblob(1500)), hex(randomblob(32)),
          '', '', 'A teacher of ' || ${name} || ', number ' || i, CASE i % 10 WHEN 0 THEN 'gain' ELSE 'mixed' END, 10,
          json_array('task-' || (i % 10)), lower(hex(randomblob(32))), 1000, 'bench', '2026-01-01T00:00:00.000Z', '', '' FROM n, v`),
    ]);
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Milliseconds until the whole answer is there. */
function time(url: string): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    request(url, { agent }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => {
        if (answer.statusCode === 200) resolve(performance.now() - start);
        else reject(new Error(`${url}: ${answer.statusCode} ${text}`));
      });
    })
      .on("error", reject)
      .end();
  });
}
