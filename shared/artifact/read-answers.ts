import type { Release, SignedManifest, TeacherList, TeacherPage, WeightsReceipt } from "../schema/index.ts";
import { list, nullable, number, object, text } from "./checks.ts";
import { base64Check, digestCheck, nameCheck, versionCheck } from "./read-manifest.ts";

/**
 * Readers of the API's answers, which accept what the schemas in ../schema/routes.ts accept, without zod. Fields that
 * a later API adds are dropped. Each takes parsed JSON and throws `LecternError("invalid-artifact")` naming the field.
 */

const any = text();
const whole = number({ whole: true });
const receiptCheck = object({ sha256: digestCheck, bytes: whole }, { open: true });
const releaseCheck = object(
  {
    name: nameCheck,
    version: versionCheck,
    description: any,
    family: any,
    classes: whole,
    tasks: list(any),
    weights: receiptCheck,
    publisher: any,
    publishedAt: any,
  },
  { open: true },
);
const listCheck = object({ teachers: list(releaseCheck), nextCursor: nullable(any) }, { open: true });
const pageCheck = object({ name: nameCheck, releases: list(releaseCheck) }, { open: true });
/** Closed, unlike the answers: it is also the file that holds a teacher on disk. */
const envelopeCheck = object({
  manifest: text({ max: 1_000_000 }),
  signature: base64Check,
  publicKey: base64Check,
});

export function readSignedManifest(value: unknown): SignedManifest {
  return envelopeCheck(value, "signed manifest");
}

export function readTeacherList(value: unknown): TeacherList {
  return listCheck(value, "teacher list");
}

export function readTeacherPage(value: unknown): TeacherPage {
  return pageCheck(value, "teacher page");
}

export function readRelease(value: unknown): Release {
  return releaseCheck(value, "release");
}

export function readWeightsReceipt(value: unknown): WeightsReceipt {
  return receiptCheck(value, "weights receipt");
}
