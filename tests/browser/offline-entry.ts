import { connect, isLecternError } from "@lectern/client";
import { browserStorage, offline } from "@lectern/client/offline";

declare global {
  interface Window {
    /** What a pull came to, in words; and what couldn't be kept. */
    readonly pullOffline: (api: string) => Promise<{ outcome: string; notKept: string[] }>;
    /** Cuts the last bytes of all kept weights off. */
    readonly damageWeights: () => Promise<void>;
  }
}

const name = "offline-test";

Object.assign(window, {
  async pullOffline(api: string) {
    const notKept: string[] = [];
    const storage = browserStorage({ name, onNotKept: ({ message }) => notKept.push(message) });
    const options = { ...offline(storage, { maxAge: 0, staleWhileRevalidate: 0 }), retries: 0 };
    const outcome = await connect(api, options)
      .teacher("small-glyphs@^1.0")
      .then(
        ({ manifest }) => `pulled ${manifest.version}`,
        (error: unknown) => (isLecternError(error) ? error.code : String(error)),
      );
    return { outcome, notKept };
  },
  async damageWeights() {
    const cache = await caches.open(name);
    for (const request of await cache.keys())
      if (request.url.includes("weights")) {
        const bytes = await (await cache.match(request))!.arrayBuffer();
        await cache.put(request, new Response(bytes.slice(0, -4)));
      }
  },
});
