import "./page.css";
import { connect } from "@lectern/client/connect";
import { offerBackends } from "./classroom/choice.ts";
import { openClassroom } from "./classroom/open.ts";
import { showStory } from "./story/show-story.ts";
import { showTeachers } from "./teachers/list.ts";
import { followAddress } from "./teachers/show-teacher.ts";

/** The API serves this page, so it is where the page came from. */
const api = location.origin;
const connection = connect(api);
const [teachers, story, backends] = await Promise.all([
  showTeachers(connection),
  showStory(),
  offerBackends(),
]);
followAddress(connection);
openClassroom(api, { teachers, story, backends });
document.body.dataset["ready"] = "true";
