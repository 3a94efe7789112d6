import "./page.css";
import { connect } from "@lectern/client/connect";
import { registerFurtherFamilies } from "@lectern/shared/teacher";
import { askBrowser, offerBackends } from "./classroom/backend-offers.ts";
import { openClassroom, type Classroom } from "./classroom/open.ts";
import { followKeeper, keepPage } from "./offline/keep-page.ts";
import { showStory } from "./story/show-story.ts";
import { showTeachers, type Listed } from "./teachers/list.ts";
import { followAddress } from "./teachers/show-teacher.ts";

/** The API serves this page, so it is where the page came from. */
const api = location.origin;
const connection = connect(api);
followKeeper();
// A teacher's page draws its losses, whatever their family.
registerFurtherFamilies();
let listed: Listed;
let classroom: Classroom | undefined;
const listing = showTeachers(connection, (teachers) => {
  listed = teachers;
  classroom?.setTeachers(teachers);
});
const [story, abilities] = await Promise.all([showStory(), askBrowser(), listing]);
followAddress(connection);
classroom = openClassroom(api, { story, backends: offerBackends(abilities) });
classroom.setTeachers(listed);
document.body.dataset["ready"] = "true";
// Last: what it fetches once more mustn't hold up what one sees.
void keepPage();
