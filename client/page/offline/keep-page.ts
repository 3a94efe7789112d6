import { byId } from "../dom.ts";
import type { KeeperNews, KeepOrder } from "./protocol.ts";

/** Says what the service worker says: from now on, as it answers what the page asks first. */
export function followKeeper(): void {
  navigator.serviceWorker?.addEventListener("message", ({ data }: MessageEvent<KeeperNews>) => show(data));
}

/**
 * Installs the service worker that keeps this page, and the teachers that were opened, for times without a network.
 * Without one (an insecure origin, a private window) the page works as before.
 */
export async function keepPage(): Promise<void> {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  try {
    await serviceWorker.register("service-worker.js");
    const { active } = await serviceWorker.ready;
    const loaded = performance.getEntriesByType("resource").map(({ name }) => new URL(name));
    const paths = loaded
      .filter(({ origin }) => origin === location.origin)
      .map(({ pathname, search }) => pathname + search);
    active?.postMessage({ kind: "keep", paths } satisfies KeepOrder);
  } catch (error) {
    if ((error as Error).name === "QuotaExceededError") show({ kind: "no-room" });
  }
}

function show(news: KeeperNews): void {
  const place = byId("offline");
  switch (news.kind) {
    case "kept-answer":
      place.dataset["code"] = "unreachable";
      place.textContent = `The API doesn't answer: teachers are shown as they were kept on this device${timeOf(news.at)}. Signatures and digests are checked all the same.`;
      break;
    case "online":
      if (place.dataset["code"] === "unreachable") place.textContent = "";
      break;
    case "kept":
      document.body.dataset["kept"] = "true";
      break;
    case "no-room":
      place.dataset["code"] = "io";
      place.textContent =
        "This device has no room to keep the page for times without a network. Everything works while you are online; free some storage to keep it.";
  }
}

function timeOf(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? "" : ` on ${time.toLocaleString("en")}`;
}
