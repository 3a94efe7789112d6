export { registerFurtherFamilies as registerFamilies } from "@lectern/shared/teacher";
export { teacherFor } from "./teacher-for.ts";
