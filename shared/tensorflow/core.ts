/** One name for all files, which a bundle then has once. */
export * as tf from "@tensorflow/tfjs-core";
