import type { Connection } from "@lectern/client/connect";
import type { TeacherList } from "@lectern/shared/schema";
import { byId, html, table } from "../dom.ts";
import { codeOf, explain } from "../explain.ts";
import { sayWhenSlow } from "../slow.ts";
import { addressOf } from "./show-teacher.ts";

type Release = TeacherList["teachers"][number];

/** Larger weights aren't fetched unasked. Bytes. */
const unasked = 1_000_000;

/** How long typing must pause before the API is asked. Milliseconds. */
const pauseMs = 250;

/** All that were listed; undefined where the API didn't say. */
export type Listed = readonly Release[] | undefined;

/**
 * Lists the API's teachers, and checks signature and digest of each on this device.
 *
 * @param onListed is told each list that isn't a search's
 */
export async function showTeachers(
  connection: Connection,
  onListed: (teachers: Listed) => void,
): Promise<void> {
  const search = byId<HTMLInputElement>("search");
  let asked: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const find = async () => {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const query = search.value.trim();
    const teachers = await list(connection, query, signal, () => void find());
    if (query === "" && !signal.aborted) onListed(teachers);
  };
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => void find(), pauseMs);
  });
  return find();
}

async function list(
  connection: Connection,
  query: string,
  signal: AbortSignal,
  again: () => void,
): Promise<Listed> {
  const place = byId("teacher-list");
  const waiting = html("p", {}, ["Asking the API…"]);
  place.replaceChildren(waiting);
  const quiet = sayWhenSlow(waiting);
  try {
    const { teachers, nextCursor } = await connection.list({ limit: 50, signal, ...(query && { query }) });
    if (teachers.length === 0) {
      place.replaceChildren(
        query
          ? html("p", {}, [`No teacher's name or description has “${query}” in it.`])
          : html("p", {}, [
              "No teacher has been published here yet. ",
              html("code", {}, ["npm start"]),
              " trains and publishes one, then reload.",
            ]),
      );
      return teachers;
    }
    const states = teachers.map(() => html("span", { class: "state" }, ["not checked"]));
    const rows = teachers.map(({ name, version, family, tasks, publisher }, i) => [
      html("a", { href: addressOf(name, version) }, [html("strong", {}, [name])]),
      states[i]!,
      version,
      family,
      tasks.join(", "),
      publisher,
    ]);
    const caption =
      nextCursor === null
        ? "Teachers, newest release of each"
        : "The first 50 teachers, newest release of each: search for others";
    place.replaceChildren(
      table(
        caption,
        ["Name", "Checked on this device", "Version", "Loss family", "Tasks", "Publisher"],
        rows,
      ),
    );
    void checkAll(connection, teachers, states);
    return teachers;
  } catch (error) {
    if (!signal.aborted) {
      const button = html("button", { type: "button", class: "small quiet" }, ["Try again"]);
      button.addEventListener("click", again);
      place.replaceChildren(
        html("p", { class: "problem", role: "alert", "data-code": codeOf(error) ?? "unexpected" }, [
          explain(error),
        ]),
        button,
      );
    }
    return undefined;
  } finally {
    quiet();
  }
}

async function checkAll(
  connection: Connection,
  releases: readonly Release[],
  states: readonly HTMLElement[],
): Promise<void> {
  for (const [i, release] of releases.entries()) {
    const state = states[i]!;
    if (release.weights.bytes <= unasked) await check(connection, release, state);
    else {
      const button = html("button", { type: "button", class: "small" }, [
        `Check ${release.name} (${(release.weights.bytes / 1e6).toFixed(0)} MB)`,
      ]);
      button.addEventListener("click", () => void check(connection, release, state));
      state.replaceChildren(button);
    }
  }
}

async function check(connection: Connection, { name, version }: Release, state: HTMLElement): Promise<void> {
  state.replaceChildren("checking…");
  try {
    const { signed } = await connection.teacher(`${name}@${version}`);
    state.className = "state good";
    state.replaceChildren("✓ signature and digest");
    state.title = `Signed with the key ${signed.publicKey}`;
  } catch (error) {
    state.className = "state bad";
    state.replaceChildren(`✗ ${explain(error)}`);
  }
}
