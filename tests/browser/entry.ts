import { connect } from "@lectern/client";
import { openBackend } from "../../client/page/classroom/backend.ts";
import type { BackendName } from "../../client/page/classroom/backend-offers.ts";
import { teachTinyStudent, type LessonRecord } from "./lesson.ts";

export interface LessonRequest {
  readonly api: string;
  readonly teacher: string;
  readonly backend: BackendName;
  readonly steps: number;
}

/** What the test calls in the page. */
export interface TestPage {
  teach(request: LessonRequest): Promise<LessonRecord>;
}

declare global {
  interface Window {
    lecternTest: TestPage;
  }
}

window.lecternTest = {
  async teach({ api, teacher, backend, steps }) {
    await openBackend(backend);
    return teachTinyStudent(await connect(api).teacher(teacher), steps);
  },
};
