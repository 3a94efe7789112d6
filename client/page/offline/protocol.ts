/** What the page tells its service worker. */
export interface KeepOrder {
  readonly kind: "keep";
  /** Paths that the page has loaded before the service worker was there. */
  readonly paths: readonly string[];
}

/** What the service worker tells its pages. */
export type KeeperNews =
  /** An answer came from what is kept, as it was at that time (RFC 3339). */
  | { readonly kind: "kept-answer"; readonly at: string }
  /** The network answered. */
  | { readonly kind: "online" }
  /** All that the page asked for is kept. */
  | { readonly kind: "kept" }
  /** The device has no room to keep the page. */
  | { readonly kind: "no-room" };

/** How the service worker answers a request. */
export type Way =
  /** The page itself: from the network, else as it was built with this service worker. */
  | "page"
  /** Files named by their content: once fetched they never change. */
  | "asset"
  /** What the API says: from the network, else as it was when it was last asked. */
  | "answer"
  /** Not its business. */
  | "leave";

/**
 * The build's files, whose names have a part of their hash, and weights, whose name is their digest. Nothing else: on
 * localhost, another program's files may be next on this very port.
 */
const contentNamed = /^\/(assets\/[\w.-]+-[A-Z0-9]{8}\.(js|css|wasm)|v1\/weights\/[0-9a-f]{64})$/;

/** @param mode of the request: "navigate" for a page */
export function wayOf({ method, mode, url }: Pick<Request, "method" | "mode" | "url">, origin: string): Way {
  const { origin: asked, pathname, searchParams } = new URL(url);
  if (method !== "GET" || asked !== origin) return "leave";
  if (mode === "navigate") return pathname === "/" || pathname === "/index.html" ? "page" : "leave";
  if (contentNamed.test(pathname)) return "asset";
  if (pathname === "/story.json") return "answer";
  // Searches are endless; the list, teachers' pages and manifests aren't.
  if (/^\/v1\/teachers(\/|$)/.test(pathname)) return searchParams.has("q") ? "leave" : "answer";
  return "leave";
}
