export { conclusionsOf } from "./conclusion.ts";
export { toExperimentPage } from "./experiment-page.ts";
export { toExperimentMarkdown, toExperimentText } from "./experiment-table.ts";
export { writeExperimentReport } from "./write-experiment-report.ts";
export { toHtmlReport } from "./html.ts";
export { toMarkdownTable, toTextTable } from "./table.ts";
export { toTrainingReport, writeTrainingReport } from "./training-report.ts";
export { writeReport } from "./write-report.ts";
export type { ReportFiles } from "./write-report.ts";
