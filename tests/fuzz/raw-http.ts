import { connect } from "node:net";
import fc from "fast-check";
import { leakIn } from "./check-answer.ts";

/** Bytes as a socket gets them: what fetch would never send. */
interface RawRequest {
  bytes: Buffer;
  /** Of the tables below, for what is said of a failure. */
  kind: string;
}

export interface RawCounts {
  /** By status; `closed` for connections that ended without an answer. */
  answers: Record<string, number>;
  /** Failed before they reached a Worker: a bare one fails in the same way. Cloudflare's own front refuses such. */
  runtimes: number;
  failures: string[];
}

const methods = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "get",
  "TRACE",
  "CONNECT",
  "G\0T",
  "",
  "A".repeat(9000),
];
const targets = [
  "/healthz",
  "/v1/teachers",
  "/v1/teachers/glyphs/versions/latest",
  "http://elsewhere.test/v1/teachers",
  "http://user:word@127.0.0.1:1/v1/teachers",
  "https://[::1/healthz",
  "//elsewhere.test/healthz",
  "/\0",
  "/v1/teachers/\x01\x7f",
  "/v1/teachers/%00",
  "/v1/teachers/\xff\xfe",
  "/v1/../../etc/passwd",
  "/healthz?\0=1",
  "/healthz#part",
  "*",
  "",
  " ",
  "healthz",
  `/v1/teachers/${"a".repeat(20_000)}`,
  `/v1/teachers?q=${"%61".repeat(30_000)}`,
];
const versions = [
  "HTTP/1.1",
  "HTTP/1.1",
  "HTTP/1.1",
  "HTTP/1.0",
  "HTTP/2.0",
  "HTTP/9.9",
  "HTTP/1",
  "ICY",
  "",
];
const hosts = [
  ["Host: 127.0.0.1"],
  ["Host: 127.0.0.1"],
  [],
  ["Host: a", "Host: b"],
  ["Host: "],
  ["Host: [::1"],
  ["Host: a b\0c"],
];
const oddHeaders = [
  "X-Long: ".padEnd(70_000, "x"),
  `${"n".repeat(20_000)}: v`,
  ...["\0", "\x01", "\x7f", "\r", "\xff", "\u2028"].map((odd) => `X-Odd: a${odd}b`),
  "X\0Name: v",
  "No colon",
  ": no name",
  " X-Folded: a",
  "X-Folded: a\r\n b",
  "X-Space : v",
  "Authorization: Bearer \xff\xfe",
  "Authorization: Bearer lec_\0",
  "Range: bytes=0-\0",
  'If-None-Match: "\x00"',
  "Expect: 100-continue",
  "Expect: the-impossible",
  "Connection: Host, Content-Length",
  "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "Upgrade: h2c",
  Array.from({ length: 2000 }, (_, i) => `X-Many-${i}: v`).join("\r\n"),
];
/** Framing of a body, which may be a lie, and the body. */
const bodies: readonly (readonly [framing: string, body: string])[] = [
  ["", ""],
  ["", '{"a":1}'],
  ["Content-Length: 7", '{"a":1}'],
  ["Content-Length: 7\r\nContent-Length: 7", '{"a":1}'],
  ["Content-Length: 7\r\nContent-Length: 8", '{"a":1}'],
  ["Content-Length: 7, 7", '{"a":1}'],
  ["Content-Length: 99", '{"a":1}'],
  ["Content-Length: 3", '{"a":1}'],
  ["Content-Length: -1", "x"],
  ["Content-Length: +7", '{"a":1}'],
  ["Content-Length: 0x7", '{"a":1}'],
  ["Content-Length: 7\0", '{"a":1}'],
  ["Content-Length: 1e3", "x"],
  ["Content-Length: 99999999999", "x"],
  ["Content-Length: 18446744073709551616", "x"],
  ["Content-Length: 7\r\nTransfer-Encoding: chunked", '7\r\n{"a":1}\r\n0\r\n\r\n'],
  ["Transfer-Encoding: chunked", '7\r\n{"a":1}\r\n0\r\n\r\n'],
  ["Transfer-Encoding: chunked", '7;a=b;"c\r\n{"a":1}\r\n0\r\nTrailer: v\r\n\r\n'],
  ["Transfer-Encoding: chunked", "zz\r\nabc\r\n0\r\n\r\n"],
  ["Transfer-Encoding: chunked", "-1\r\nabc\r\n0\r\n\r\n"],
  ["Transfer-Encoding: chunked", "ffffffffffffffffff\r\nabc"],
  ["Transfer-Encoding: chunked", "fffffff\r\nabc"],
  ["Transfer-Encoding: chunked", "3\r\nabcdef\r\n0\r\n\r\n"],
  ["Transfer-Encoding: chunked", "3\nabc\n0\n\n"],
  ["Transfer-Encoding: chunked", "3\r\nabc"],
  ["Transfer-Encoding: chunked", ""],
  ["Transfer-Encoding: chunked", `${"1\r\nx\r\n".repeat(5000)}0\r\n\r\n`],
  ["Transfer-Encoding: chunked, chunked", "0\r\n\r\n"],
  ["Transfer-Encoding: xchunked", "0\r\n\r\n"],
  ["Transfer-Encoding: gzip", "\x1f\x8b"],
  ["Transfer-Encoding:\x0bchunked", "0\r\n\r\n"],
  ["Content-Encoding: gzip\r\nContent-Length: 2", "\x1f\x8b"],
  ["Content-Length: 300000", "x".repeat(300_000)],
  ["Transfer-Encoding: chunked", `${"10000\r\n".concat("x".repeat(65_536), "\r\n").repeat(8)}0\r\n\r\n`],
];
/** What isn't HTTP/1 at all. */
const noise = [
  "",
  "\0",
  "\r\n\r\n\r\n",
  "GET",
  "GET /healthz",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  "\x04\x01\x00\x50\x7f\x00\x00\x01\x00",
  "A".repeat(200_000),
  "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".repeat(50),
  "POST /v1/teachers/glyphs/results HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
];

/** Mostly right, so that one thing wrong is not hidden by another. */
const mostly = <Value>(right: readonly Value[], wrong: readonly Value[]): fc.Arbitrary<Value> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...right) },
    { weight: 1, arbitrary: fc.constantFrom(...wrong) },
  );

const almostHttp = (token: string): fc.Arbitrary<RawRequest> =>
  fc
    .record({
      line: mostly(["\r\n"], ["\n", "\r"]),
      method: mostly(["GET", "POST", "PUT"], methods),
      target: mostly(
        [
          "/v1/teachers/glyphs/results",
          "/v1/teachers/glyphs/versions/1.0.0/emit",
          `/v1/weights/${"0".repeat(64)}`,
          "/healthz",
        ],
        targets,
      ),
      version: mostly(["HTTP/1.1"], versions),
      host: mostly([["Host: 127.0.0.1"]], hosts),
      odd: mostly([""], oddHeaders),
      type: fc.constantFrom("application/json", "application/octet-stream"),
      body: fc.constantFrom(...bodies),
    })
    .map(({ line, method, target, version, host, odd, type, body: [framing, body] }) => {
      const headers = [
        ...host,
        `Content-Type: ${type}`,
        odd,
        `Authorization: Bearer ${token}`,
        framing,
      ].filter(Boolean);
      const head = [`${method} ${target} ${version}`, ...headers, "", ""].join(line);
      const kind = [method, target, version, ...host, odd, framing]
        .map((word) => word.slice(0, 40))
        .join(" ");
      return { bytes: latin1(head + body), kind };
    });

const rawRequests = (token: string): fc.Arbitrary<RawRequest> =>
  fc.oneof(
    {
      weight: 1,
      arbitrary: fc.constantFrom(...noise).map((text) => ({ bytes: latin1(text), kind: "noise" })),
    },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 400 })
        .map((bytes) => ({ bytes: Buffer.from(bytes), kind: "random bytes" })),
    },
    { weight: 10, arbitrary: almostHttp(token) },
  );

/**
 * Sends each on a connection of its own; none may be answered with a failure, leak anything, or be left hanging.
 *
 * @param bare port of a Worker that fails at nothing: where it fails, its runtime does
 */
export async function fuzzRaw(
  { port, bare }: { port: number; bare: number },
  { requests, seed, token }: { requests: number; seed: number; token: string },
): Promise<RawCounts> {
  const counts: RawCounts = { answers: {}, runtimes: 0, failures: [] };
  const queue = fc.sample(rawRequests(token), { seed, numRuns: requests });
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let request = queue.pop(); request; request = queue.pop()) {
        const answer = await sendRaw(port, request.bytes);
        const status = statusOf(answer);
        counts.answers[status] = (counts.answers[status] ?? 0) + 1;
        const said = `${JSON.stringify(request.kind)} answered ${JSON.stringify(answer.slice(0, 600))}`;
        const leak = leakIn(answer);
        if (leak === undefined && isFine(status)) continue;
        if (answer === (await sendRaw(bare, request.bytes))) counts.runtimes += 1;
        else counts.failures.push(leak === undefined ? said : `leaks ${leak}: ${said}`);
      }
    }),
  );
  return counts;
}

/** Of the first answer on the connection. */
function statusOf(answer: string): string {
  return answer === "" ? "closed" : (/^HTTP\/1\.[01] (\d{3}) /.exec(answer)?.[1] ?? "hung or garbled");
}

function isFine(status: string): boolean {
  return /^(?:closed|[1-4]\d\d|501)$/.test(status);
}

/** One line for the test's output. */
export function describeRaw({ answers, runtimes }: RawCounts): string {
  const total = Object.values(answers).reduce((sum, count) => sum + count, 0);
  const shares = Object.entries(answers).map(([status, count]) => `${status}: ${count}`);
  return (
    `${total} requests with HTTP that no client sends: the Worker failed at none, nothing leaked ` +
    `(${shares.join(", ")}; ${runtimes} failed in workerd, a bare Worker's, too)`
  );
}

/** All that comes back until the server closes the connection, whose other half is closed once all is sent. */
function sendRaw(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const socket = connect(port, "127.0.0.1");
    socket.setTimeout(20_000, () => {
      parts.unshift(Buffer.from("hung: "));
      socket.destroy();
    });
    socket.on("data", (part) => parts.push(part));
    // A server that refuses may close before it has read all.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(Buffer.concat(parts).toString("latin1")));
    socket.end(bytes);
  });
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
