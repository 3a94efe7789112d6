import { readTeacherList, readTeacherPage } from "@lectern/shared/artifact";
import type { TeacherList, TeacherPage } from "@lectern/shared/schema";
import { requestJson } from "./request-json.ts";
import type { ArtifactCache } from "./cache.ts";
import { pullTeacher, type PullOptions, type Source, withSignal } from "./pull.ts";
import { checkName } from "./spec.ts";
import { openTransport, type TransportOptions } from "./transport.ts";
import type { PulledTeacher, TrustOptions } from "./verify.ts";

export interface ConnectOptions extends TransportOptions, TrustOptions {
  /** Keeps weights between pulls; none by default. */
  cache?: ArtifactCache;
  /** Larger weights are refused unread. Bytes. */
  maxWeightsBytes?: number;
}

export interface ListOptions {
  /** `nextCursor` of the page before. */
  cursor?: string;
  /** Teachers a page. */
  limit?: number;
  /** Part of a name or description. */
  query?: string;
  signal?: AbortSignal;
}

export interface Connection extends Source {
  /** Pulls and checks a teacher, see {@link pullTeacher}. */
  teacher(spec: string, options?: PullOptions): Promise<PulledTeacher>;
  /** The newest release of each teacher, ordered by name. */
  list(options?: ListOptions): Promise<TeacherList>;
  /** All releases of one teacher. */
  page(name: string, options?: { signal?: AbortSignal }): Promise<TeacherPage>;
}

/**
 * A connection to a Lectern API. Nothing is sent before the first question.
 *
 * @param url of the API, such as `https://teachers.example` or `http://localhost:8787`
 * @throws LecternError `invalid-argument`
 * @example
 * ```ts
 * const connection = connect("https://teachers.example", { cache: memoryCache(), timeoutMs: 5000 });
 * const teacher = await connection.teacher("glyphs@^1.0", { onProgress: ({ receivedBytes }) => show(receivedBytes) });
 * ```
 */
export function connect(
  url: string,
  { cache, trustedKeys, maxWeightsBytes = 256_000_000, ...options }: ConnectOptions = {},
): Connection {
  const transport = openTransport(url, options);
  const source: Source = {
    transport,
    maxWeightsBytes,
    ...(cache && { cache }),
    ...(trustedKeys && { trustedKeys }),
  };
  return {
    ...source,
    teacher: (spec, options) => pullTeacher(source, spec, options),
    list({ cursor, limit, query, signal } = {}) {
      const parameters = new URLSearchParams({
        ...(cursor !== undefined && { cursor }),
        ...(limit !== undefined && { limit: String(limit) }),
        ...(query !== undefined && { q: query }),
      });
      return requestJson(withSignal(transport, signal), `/v1/teachers?${parameters}`, readTeacherList);
    },
    async page(name, { signal } = {}) {
      checkName(name);
      return requestJson(withSignal(transport, signal), `/v1/teachers/${name}`, readTeacherPage);
    },
  };
}
