import "./page.css";
import { connect } from "@lectern/client/connect";
import { offerBackends } from "./classroom/choice.ts";
import { openClassroom } from "./classroom/open.ts";
import { showStory } from "./story/show-story.ts";
import { showTeachers } from "./teachers/list.ts";

/** The API serves this page, so it is where the page came from. */
const api = location.origin;
const [teachers, story, backends] = await Promise.all([
  showTeachers(connect(api)),
  showStory(),
  offerBackends(),
]);
openClassroom(api, { teachers, story, backends });
document.body.dataset["ready"] = "true";
