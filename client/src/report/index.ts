export { previewReport, sendReport } from "./report.ts";
export type { Outcome, ReportPreview, SendOptions } from "./report.ts";
