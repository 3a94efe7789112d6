import type { Block, TeacherSpec } from "@lectern/shared/teacher";
import { thetaLayout } from "@lectern/shared/teacher";
import { z } from "zod";

/**
 * A teacher with a memory: an LSTM reads the states of the lesson so far, and attention over keys reads its output beside
 * the state itself. The idea of L2T-DLN (Hai et al. 2023, "Learning to Teach with Dynamic Loss Network"), whose teacher
 * keeps the history of what it did in an LSTM, for L2T-DLF's families of losses. A rival of the trainer's alone: φ is then
 * no function of s_t, which manifests, clients and the API rely on.
 */
export const memoryArchitecture = z.strictObject({
  kind: z.literal("memory"),
  keys: z.int().min(1).max(1024),
  /** H, the length of the LSTM's output. */
  units: z.int().min(1).max(256),
});
export type MemoryArchitecture = z.infer<typeof memoryArchitecture>;

/** A teacher's shape in the trainer: one of the clients', or one with a memory. */
export type AnySpec = Omit<TeacherSpec, "architecture"> & {
  readonly architecture: TeacherSpec["architecture"] | MemoryArchitecture;
};

export const hasMemory = (spec: AnySpec): spec is AnySpec & { readonly architecture: MemoryArchitecture } =>
  spec.architecture.kind === "memory";

/** What reads state and memory together: attention over the same keys, of D + H numbers. */
export const readerOf = (spec: AnySpec & { readonly architecture: MemoryArchitecture }): TeacherSpec => ({
  ...spec,
  architecture: { kind: "attention", keys: spec.architecture.keys },
  features: spec.features + spec.architecture.units,
});

/**
 * Names and shapes of θ: the reader's, and the LSTM's weights on the state `cx` [D, 4H], on its own output `ch` [H, 4H],
 * and its biases `cb` [4H]; the gates in the order input, forget, output, candidate.
 */
export function layoutOf(spec: AnySpec): readonly Block[] {
  if (!hasMemory(spec)) return thetaLayout(spec as TeacherSpec);
  const { units } = spec.architecture;
  return [
    ...thetaLayout(readerOf(spec)),
    { name: "cx", shape: [spec.features, 4 * units] },
    { name: "ch", shape: [units, 4 * units] },
    { name: "cb", shape: [4 * units] },
  ];
}
