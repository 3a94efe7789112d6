import { wayOf, type KeeperNews, type KeepOrder } from "./protocol.ts";

/** The parts of ServiceWorkerGlobalScope that are used here: TypeScript's DOM library hasn't got it. */
interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Scope {
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<readonly Worker[]>;
  };
  addEventListener(type: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
  addEventListener(
    type: "message",
    listener: (event: ExtendableEvent & MessageEvent<KeepOrder>) => void,
  ): void;
}
/** Put here by the build: what the page loads at first, all files that belong to this build, and the build's name. */
declare const SHELL: readonly string[];
declare const ASSETS: readonly string[];
declare const BUILD: string;

const scope = globalThis as unknown as Scope;
const { origin } = location;
const shellName = `lectern-shell-${BUILD}`;
const assetsName = "lectern-assets";
const answersName = "lectern-answers";
/** More answers than these aren't kept; the oldest go. */
const mostAnswers = 200;
/** A network that takes longer is passed over, where there is something kept. Milliseconds. */
const patienceMs = 5000;
/** When an answer was kept. */
const keptAt = "x-lectern-kept";

scope.addEventListener("install", (event) => event.waitUntil(install()));
scope.addEventListener("activate", (event) => event.waitUntil(activate()));
scope.addEventListener("message", (event) => event.waitUntil(keepAll(event.data.paths)));
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const way = wayOf(request, origin);
  if (way === "page") event.respondWith(answerPage(request));
  if (way === "asset") event.respondWith(answerAsset(event));
  if (way === "answer") event.respondWith(answer(event));
});

async function install(): Promise<void> {
  try {
    const cache = await caches.open(shellName);
    await cache.addAll(
      SHELL.map((path) => new Request(path, { cache: path === "/" ? "reload" : "default" })),
    );
  } catch (error) {
    await tellIfFull(error);
    throw error;
  }
}

/** What earlier builds left goes: nobody has their pages open any more, or this one would still wait. */
async function activate(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("lectern-shell-") && name !== shellName);
  await Promise.all(old.map((name) => caches.delete(name)));
  const assets = await caches.open(assetsName);
  for (const request of await assets.keys()) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/assets/") && !ASSETS.includes(pathname)) await assets.delete(request);
  }
  await scope.clients.claim();
}

async function answerPage(request: Request): Promise<Response> {
  const kept = async () => (await caches.open(shellName)).match("/");
  try {
    const response = await inTime(fetch(request), kept);
    return response.status < 500 ? response : ((await kept()) ?? response);
  } catch (error) {
    const page = await kept();
    if (page) return page;
    throw error;
  }
}

async function answerAsset(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const kept = await caches.match(request, { ignoreVary: true });
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) event.waitUntil(keep(assetsName, request, response.clone()));
  return response;
}

async function answer(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(answersName);
  const kept = await cache.match(request, { ignoreVary: true });
  // Asked for anew each time: what the browser's own cache says isn't the API's word.
  const asked = fetch(request, { cache: "no-cache" }).then((response) => {
    if (response.ok) {
      const copy = response.clone();
      event.waitUntil(keepAnswer(request, copy));
    }
    return response;
  });
  event.waitUntil(asked.catch(() => undefined));
  try {
    const response = await inTime(asked, async () => kept);
    if (response === kept || (response.status >= 500 && kept)) return tellKept(kept!);
    await tell({ kind: "online" });
    return response;
  } catch (error) {
    if (kept) return tellKept(kept);
    throw error;
  }
}

/** The network's answer, or what is kept where the network takes its time. */
async function inTime(
  asked: Promise<Response>,
  kept: () => Promise<Response | undefined>,
): Promise<Response> {
  const late = new Promise<undefined>((done) => setTimeout(done, patienceMs, undefined));
  return (await Promise.race([asked, late])) ?? (await kept()) ?? asked;
}

async function tellKept(response: Response): Promise<Response> {
  await tell({ kind: "kept-answer", at: response.headers.get(keptAt) ?? "" });
  return response;
}

async function keepAnswer(request: Request, response: Response): Promise<void> {
  const headers = new Headers(response.headers);
  headers.set(keptAt, new Date().toISOString());
  // The body comes decoded.
  headers.delete("content-encoding");
  headers.delete("content-length");
  await keep(answersName, request, new Response(response.body, { status: response.status, headers }));
  const cache = await caches.open(answersName);
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - mostAnswers))) await cache.delete(old);
}

/** Keeps what the page had loaded before this service worker was there to see it. */
async function keepAll(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const request = new Request(new URL(path, origin));
    const way = wayOf(request, origin);
    if (way !== "asset" && way !== "answer") continue;
    if (await caches.match(request, { ignoreVary: true })) continue;
    const response = await fetch(request).catch(() => undefined);
    if (!response?.ok) continue;
    await (way === "asset" ? keep(assetsName, request, response) : keepAnswer(request, response));
  }
  await tell({ kind: "kept" });
}

/** A device without room keeps nothing, and the page still works. */
async function keep(name: string, request: Request, response: Response): Promise<void> {
  try {
    await (await caches.open(name)).put(request, response);
  } catch (error) {
    await tellIfFull(error);
  }
}

async function tellIfFull(error: unknown): Promise<void> {
  if ((error as Error).name === "QuotaExceededError") await tell({ kind: "no-room" });
}

async function tell(news: KeeperNews): Promise<void> {
  for (const client of await scope.clients.matchAll({ type: "window", includeUncontrolled: true }))
    client.postMessage(news);
}
