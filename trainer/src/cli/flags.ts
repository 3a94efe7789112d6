import { availableParallelism } from "node:os";
import { InvalidArgumentError } from "commander";

/** Parsers of flag values: each throws what commander prints as one clear line. */

export const positive = (text: string): number => parse(text, (v) => v > 0, "a number above 0");
export const nonNegative = (text: string): number => parse(text, (v) => v >= 0, "a number of at least 0");
export const fraction = (text: string): number =>
  parse(text, (v) => v >= 0 && v <= 1, "a number from 0 to 1");
export const belowOne = (text: string): number =>
  parse(text, (v) => v >= 0 && v < 1, "a number from 0 to less than 1");
export const count = (text: string): number =>
  parse(text, (v) => Number.isInteger(v) && v >= 1, "a whole number of at least 1");
export const wholeNumber = (text: string): number =>
  parse(text, (v) => Number.isInteger(v) && v >= 0, "a whole number of at least 0");

function parse(text: string, accept: (value: number) => boolean, expected: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && accept(value)) return value;
  throw new InvalidArgumentError(`Expected ${expected}.`);
}

export const defaultWorkers = (): number => Math.max(1, availableParallelism());
