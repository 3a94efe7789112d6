import type { Connection } from "@lectern/client/connect";
import type { ResultSummary } from "@lectern/shared/schema";
// By path: these two need no TensorFlow.js, which the entry points bring.
import { openNetwork } from "../../src/teacher/network.ts";
import type { TeacherTensors } from "../../src/teacher/network.ts";
import { byId, html, table } from "../dom.ts";
import { explain } from "../explain.ts";
import { showDoing } from "./doing.ts";
import { evaluationOf, wildResultsOf } from "./evaluation.ts";
import { factsOf } from "./facts.ts";

/** The address of a teacher's page: `#teacher=glyphs@1.0.0`. */
const address = /^#teacher=([^&]+)$/;
export const addressOf = (name: string, version: string): string => `#teacher=${name}@${version}`;

/** Shows the teacher that the address names, now and whenever it changes. */
export function followAddress(connection: Connection): void {
  const follow = () => {
    const [, spec] = address.exec(decodeURIComponent(location.hash)) ?? [];
    byId("teacher-page").hidden = spec === undefined;
    if (spec !== undefined) void showTeacher(connection, spec);
  };
  addEventListener("hashchange", follow);
  follow();
}

async function showTeacher(connection: Connection, spec: string): Promise<void> {
  const [title, place] = [byId("teacher-page-title"), byId("teacher-page-content")];
  title.textContent = spec;
  place.replaceChildren(html("p", { role: "status" }, ["Fetching and checking…"]));
  const still = () => title.textContent === spec;
  try {
    const pulled = await connection.teacher(spec);
    const { manifest, tensors, signed } = pulled;
    const { releases } = await connection.page(manifest.name);
    const results = await readResults(manifest.name);
    if (!still()) return;
    const doing = html("div");
    place.replaceChildren(
      html("p", {}, [manifest.description]),
      html("p", { class: "state good" }, ["✓ Signature and digest checked on this device"]),
      factsOf({ manifest, publicKey: signed.publicKey }),
      html("h3", {}, ["How well it does, as published"]),
      evaluationOf(manifest.provenance.evaluation),
      html("h3", {}, ["In the wild"]),
      results ? wildResultsOf(results) : html("p", {}, ["The reports can't be read now."]),
      html("h3", {}, ["What it does"]),
      doing,
      html("h3", {}, ["Versions"]),
      table(
        `Releases of ${manifest.name}`,
        ["Version", "Published", "Description"],
        releases.map(({ name, version, publishedAt, description }) => [
          html("a", { href: addressOf(name, version) }, [version]),
          html("time", { datetime: publishedAt }, [publishedAt.slice(0, 10)]),
          html("span", { class: "words" }, [description]),
        ]),
      ),
    );
    showDoing(doing, {
      label: `${manifest.name} ${manifest.version}`,
      network: openNetwork(manifest, tensors as TeacherTensors),
      recipe: manifest.recipe,
      classNames: manifest.classes.names,
    });
    byId("teacher-page").focus();
  } catch (error) {
    if (still()) place.replaceChildren(html("p", { class: "problem", role: "alert" }, [explain(error)]));
  }
}

/** The users' reports; undefined where they can't be had: the rest of the page doesn't need them. */
async function readResults(name: string): Promise<ResultSummary | undefined> {
  const response = await fetch(`v1/teachers/${name}/results`).catch(() => undefined);
  return response?.ok
    ? ((await response.json().catch(() => undefined)) as ResultSummary | undefined)
    : undefined;
}
