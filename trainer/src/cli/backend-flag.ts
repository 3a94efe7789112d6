import { Option } from "commander";
import { backendChoices, openBackend, type BackendInUse, type BackendName } from "../backend/index.ts";

export const backendOption = (value: (typeof backendChoices)[number]): Option =>
  new Option(
    "--backend <name>",
    "TensorFlow.js backend; auto: the first of node-gpu, node, webgpu (a real GPU), wasm",
  )
    .choices(backendChoices)
    .default(value);

/** Starts the backend that the flag asks for, and says what it is and why. */
export async function backendOf(flag: string): Promise<{ name: BackendName; words: string }> {
  const backend = await openBackend(flag);
  return { name: backend.name, words: describeBackend(backend) };
}

/** Such as `backend wasm (auto: … isn't installed. WebGPU has only a software adapter here: SwiftShader.)`. */
export function describeBackend({
  name,
  device,
  why,
}: Pick<BackendInUse, "name" | "device" | "why">): string {
  const reasons = why.length > 0 ? ` (auto: ${why.join(" ")})` : "";
  return `backend ${name}${device && ` on ${device}`}${reasons}`;
}
