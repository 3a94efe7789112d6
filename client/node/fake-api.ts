import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a test's API treats one request. */
export type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/**
 * A real HTTP server on a port of its own that does what the test says: the first request of a method and path gets
 * the first handler, and so on; the last one stays.
 */
export async function startApi(routes: Record<string, Handler | Handler[]>) {
  const log: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const route = `${request.method} ${decodeURIComponent(request.url ?? "")}`;
    log.push(route);
    const handlers = [routes[route] ?? []].flat();
    const handler = handlers[Math.min(log.filter((line) => line === route).length, handlers.length) - 1];
    if (handler) handler(request, response, Buffer.concat(chunks));
    else answerProblem(404, `Nothing is at ${route}.`, "Look elsewhere.")(request, response, Buffer.alloc(0));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, log, routes, [Symbol.asyncDispose]: stop };
}

export function answerJson(value: unknown, status = 200): Handler {
  return (_, response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

export function answerProblem(status: number, detail: string, remedy: string, headers = {}): Handler {
  return (_, response) =>
    void response
      .writeHead(status, { "content-type": "application/problem+json", ...headers })
      .end(JSON.stringify({ type: "about:blank", title: "Refused", status, detail, remedy, requestId: "1" }));
}

export function answerBytes(bytes: Uint8Array): Handler {
  return (_, response) =>
    void response
      .writeHead(200, { "content-type": "application/octet-stream", "content-length": bytes.length })
      .end(bytes);
}

/** Promises all the bytes, sends half of them, and hangs up. */
export function answerHalf(bytes: Uint8Array, type = "application/octet-stream"): Handler {
  return (request, response) => {
    response.writeHead(200, { "content-type": type, "content-length": bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), () => request.socket.destroy());
  };
}

/** Promises all the bytes, sends half of them, and stays silent. */
export function stall(bytes: Uint8Array): Handler {
  return (_, response) => {
    response.writeHead(200, { "content-type": "application/octet-stream", "content-length": bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2));
  };
}

export const staySilent: Handler = () => undefined;
export const hangUp: Handler = (request) => void request.socket.destroy();
