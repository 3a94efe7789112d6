import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Adversary extends AsyncDisposable {
  url: string;
  /** What it answers from now on, by path; null lets the request through. */
  lie: (path: string, truth: Buffer) => Buffer | null;
}

/** Stands between a client and an API, and may answer something else. */
export async function openAdversary(origin: string): Promise<Adversary> {
  const server = createServer((request, response) => {
    void (async () => {
      const answer = await fetch(origin + request.url);
      const truth = Buffer.from(await answer.arrayBuffer());
      const body = adversary.lie(request.url ?? "", truth) ?? truth;
      response.writeHead(answer.status, {
        "content-type": answer.headers.get("content-type") ?? "",
        "content-length": body.length,
      });
      response.end(body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const adversary: Adversary = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lie: () => null,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return adversary;
}
