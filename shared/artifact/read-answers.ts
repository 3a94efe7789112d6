import type {
  KeyList,
  Release,
  TeacherList,
  TeacherPage,
  UploadStatus,
  WeightsReceipt,
} from "../schema/index.ts";
import { asObject, type Check, check, nullable, type Shape, text, whole } from "./checks.ts";
import { base64Check, digestCheck, nameCheck, versionCheck } from "./read-manifest.ts";

/**
 * Readers of the API's answers, which accept what the schemas in ../schema/routes.ts accept, without zod. Fields that
 * a later API adds are dropped. Each takes parsed JSON and throws `LecternError("invalid-artifact")` naming the field.
 */

function open(shape: { readonly [field: string]: Shape }): Check {
  return (value, path) => {
    const source = asObject(value, path);
    const known = Object.entries(source).filter(([key]) => Object.hasOwn(shape, key));
    return check(shape, Object.fromEntries(known), path);
  };
}

const any = text();
const receipt = open({ sha256: digestCheck, bytes: whole(-Infinity) });
const release = open({
  name: nameCheck,
  version: versionCheck,
  description: any,
  family: any,
  classes: whole(-Infinity),
  tasks: [any],
  weights: receipt,
  publisher: any,
  publishedAt: any,
});
const list = open({ teachers: [release], nextCursor: nullable(any) });
const key = open({
  publicKey: base64Check,
  createdAt: any,
  endorsedBy: nullable(base64Check),
  endorsement: nullable(base64Check),
  retiredAt: nullable(any),
  revokedAt: nullable(any),
  revokedReason: nullable(any),
});
const keys = open({ owner: any, keys: [key] });
const upload = open({
  id: any,
  sha256: digestCheck,
  bytes: whole(0),
  partBytes: whole(1),
  parts: [whole(1)],
});
const page = open({ name: nameCheck, releases: [release] });

export function readTeacherList(value: unknown): TeacherList {
  return list(value, "teacher list") as TeacherList;
}

export function readTeacherPage(value: unknown): TeacherPage {
  return page(value, "teacher page") as TeacherPage;
}

export function readRelease(value: unknown): Release {
  return release(value, "release") as Release;
}

export function readWeightsReceipt(value: unknown): WeightsReceipt {
  return receipt(value, "weights receipt") as WeightsReceipt;
}

export function readKeyList(value: unknown): KeyList {
  return keys(value, "key list") as KeyList;
}

export function readUploadStatus(value: unknown): UploadStatus {
  return upload(value, "upload") as UploadStatus;
}
