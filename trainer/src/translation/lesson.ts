import {
  openStudent,
  runLesson,
  type Guide,
  type LessonEvents,
  type LessonResult,
  type Student,
} from "@lectern/client/lesson";
import type { Recipe } from "@lectern/shared/schema";
import { deriveSeed } from "../task/index.ts";
import { openBuckets, type Buckets, type EncodedPair } from "./data/buckets.ts";
import type { Network } from "./network/network.ts";
import { buildTranslator, type Translator } from "./network/translator.ts";

/** A fresh translator and the batches it learns from. */
export interface TranslationLesson extends Buckets {
  readonly translator: Translator;
  readonly student: Student;
  readonly recipe: Recipe;
  dispose(): void;
}

export interface TranslationLessonOptions {
  readonly network: Network;
  readonly pairs: readonly EncodedPair[];
  readonly recipe: Recipe;
  /** Of the initial weights and of the batches' order: under the same seed every loss starts and goes alike. */
  readonly seed: number;
}

export function openTranslationLesson({
  network,
  pairs,
  recipe,
  seed,
}: TranslationLessonOptions): TranslationLesson {
  const translator = buildTranslator(network, deriveSeed(seed, "student"));
  const buckets = openBuckets(pairs, {
    vocabulary: network.vocabulary,
    batchSize: recipe.batchSize,
    seed: deriveSeed(seed, "batches"),
  });
  return {
    ...buckets,
    translator,
    student: openStudent(translator.model, network.vocabulary, "logits"),
    recipe,
    dispose() {
      buckets.train.dispose();
      translator.model.dispose();
    },
  };
}

/** Teaches the translator of a lesson by a guide: a teacher's, or a rival's. */
export const teachTranslator = (
  { student, train, batches, recipe }: TranslationLesson,
  guide: Guide,
  events: LessonEvents = {},
): Promise<LessonResult> => runLesson({ student, guide, train, batches, recipe, ...events });
