import type { ResultGroup, ResultSummary } from "@lectern/shared/schema";
import { html } from "hono/html";
import type { Page } from "../http/html-page.ts";
import { fewest } from "./robust.ts";

/** How a teacher does in the wild, for people. */
export function resultsPage({ teacher, groups }: ResultSummary): Page {
  const body = html`<h1>${teacher} in the wild</h1>
    <p>
      What users reported, of their own accord: the change in test error from the best loss that they would
      have used to this teacher's, in percentage points. Less is better. The median and the mean of the middle
      60 % are shown because a few wrong reports can't steer them.
    </p>
    ${
      groups.length === 0
        ? html`<p>Nobody has reported yet.</p>`
        : html`<table>
            <thead>
              <tr>
                <th scope="col">Version</th>
                <th scope="col">Task</th>
                <th scope="col">Student's weights</th>
                <th scope="col">Reports</th>
                <th scope="col">Students</th>
                <th scope="col">Median change (95 %)</th>
                <th scope="col">Trimmed mean</th>
              </tr>
            </thead>
            <tbody>
              ${groups.map(row)}
            </tbody>
          </table>`
    }
    <p><a href="/v1/teachers/${teacher}/results">The same as JSON</a> · <a href="/docs">The API</a></p>`;
  return { title: `${teacher} in the wild`, body };
}

function row({ version, task, studentSize, count, seeds, change }: ResultGroup) {
  const figures =
    change === null
      ? html`<td colspan="2">too few: ${fewest} reports are needed</td>`
      : html`<td>${points(change.median)} (${points(change.low)} to ${points(change.high)})</td>
          <td>${points(change.trimmedMean)}</td>`;
  return html`<tr>
    <td>${version}</td>
    <td>${task}</td>
    <td>${studentSize}</td>
    <td>${count}</td>
    <td>${seeds}</td>
    ${figures}
  </tr>`;
}

function points(change: number): string {
  return `${change > 0 ? "+" : change < 0 ? "−" : ""}${Math.abs(100 * change).toFixed(2)}`;
}
