import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";

export interface BareWorker extends AsyncDisposable {
  url: string;
  port: number;
  inspector: string;
}

/**
 * A workerd with a Worker that says that it is well, to compare with.
 *
 * @param reads whether it reads the bodies that it gets
 */
export async function openBareWorker({ reads }: { reads: boolean }): Promise<BareWorker> {
  const server = new Miniflare(
    convertV4MiniflareOptions({
      name: "bare",
      host: "127.0.0.1",
      port: 0,
      inspectorPort: 0,
      cf: false,
      telemetry: { enabled: false },
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: () => undefined,
      compatibilityDate: "2026-10-01",
      modules: true,
      script: `export default { async fetch(request) { ${reads ? "await request.arrayBuffer();" : ""} return Response.json({ status: "ok" }); } };`,
    }),
  );
  const url = await server.ready;
  return {
    url: url.origin,
    port: Number(url.port),
    inspector: (await server.getInspectorURL()).host,
    [Symbol.asyncDispose]: () => server.dispose(),
  };
}
