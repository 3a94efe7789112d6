import { readTeacherList, readTeacherPage } from "@lectern/shared/artifact";
import type { TeacherList, TeacherPage } from "@lectern/shared/schema";
import { requestAnswer } from "./request-json.ts";
import { openSource, type ConnectOptions } from "./open-source.ts";
import { type PullOptions, type Source, withSignal } from "./pull-artifact.ts";
import { pullTeacher } from "./pull.ts";
import { parseTeacherSpec } from "./spec.ts";
import type { PulledTeacher } from "./verify.ts";

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
export function connect(url: string, options: ConnectOptions = {}): Connection {
  const source = openSource(url, options);
  const { transport } = source;
  return {
    ...source,
    teacher: (spec, options) => pullTeacher(source, spec, options),
    list({ cursor, limit, query, signal } = {}) {
      const parameters = new URLSearchParams({
        ...(cursor !== undefined && { cursor }),
        ...(limit !== undefined && { limit: String(limit) }),
        ...(query !== undefined && { q: query }),
      });
      return requestAnswer(withSignal(transport, signal), `/v1/teachers?${parameters}`, readTeacherList);
    },
    async page(name, { signal } = {}) {
      const path = `/v1/teachers/${parseTeacherSpec(name).name}`;
      return requestAnswer(withSignal(transport, signal), path, readTeacherPage);
    },
  };
}
