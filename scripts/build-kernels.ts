import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { main, createMemoryStream } from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = "client/src/kernels/companion/module.ts";

// The backend's memory grows to 4 GB at most; with that declared, the import of a shared memory differs by one flag only.
const options = `--outFile kernels.wasm --bindings raw
  --importMemory --noExportMemory --initialMemory 0 --maximumMemory 65536
  --enable simd --runtime stub --noAssert --optimizeLevel 3 --shrinkLevel 0 --converge`.split(/\s+/);

const dataSection = 11;
const startSection = 8;

/** The ids of a module's sections. */
function sectionsOf(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < bytes.length;) {
    ids.push(bytes[at++]!);
    let size = 0;
    for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
      byte = bytes[at++]!;
      size |= (byte & 0x7f) << shift;
    }
    at += size;
  }
  return ids;
}

/** Refuses what would disturb the memory's owner: data written to fixed addresses, code that runs at the start, other imports. */
function assertHarmless(bytes: Uint8Array<ArrayBuffer>): void {
  const sections = sectionsOf(bytes);
  if (sections.includes(dataSection) || sections.includes(startSection))
    throw new Error(
      "The kernels use static data or managed objects, which would overwrite the backend's memory.",
    );
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  if (imports.some(({ module, name }) => `${module}.${name}` !== "env.memory"))
    throw new Error(`The kernels import more than memory: ${imports.map(({ name }) => name).join(", ")}.`);
}

/** TypeScript signatures of the module's functions, from the declarations that the compiler writes. */
function signaturesOf(declarations: string): string {
  const found = declarations.matchAll(/export function (\w+)\(([^)]*)\): (\w+);/g);
  return [...found].map(([, name, parameters, result]) => `  ${name}(${parameters}): ${result};`).join("\n");
}

/**
 * Compiles AssemblyScript for a memory that somebody else owns: the module's bytes, and declarations of its functions.
 *
 * @throws Error if it would disturb that memory
 */
export async function compile(
  entry: string,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; declarations: string }> {
  const outputs = new Map<string, Uint8Array | string>();
  const stderr = createMemoryStream();
  const { error } = await main([entry, ...options, "--baseDir", root], {
    stderr,
    readFile: (name, baseDir) =>
      readFile(new URL(name, pathToFileURL(`${baseDir}/`)), "utf8").catch(() => null),
    writeFile: (name, contents) => void outputs.set(name, contents),
    listFiles: (name, baseDir) => readdir(new URL(name, pathToFileURL(`${baseDir}/`))).catch(() => null),
  });
  if (error) throw new Error(`The kernels don't compile.\n${stderr.toString()}`);
  const bytes = Uint8Array.from(outputs.get("kernels.wasm") as Uint8Array);
  assertHarmless(bytes);
  return { bytes, declarations: outputs.get("kernels.d.ts") as string };
}

/** Compiles client/kernels-wasm: the module's bytes, and the TypeScript file that carries them. */
export async function compileKernels(): Promise<{ bytes: Uint8Array; source: string }> {
  const { bytes, declarations } = await compile("client/kernels-wasm/index.ts");
  const source = `// Generated from client/kernels-wasm by npm run build:kernels: don't edit.

/** The module's functions; addresses and counts are numbers. */
export interface CompanionFunctions {
${signaturesOf(declarations)}
}

export const moduleBase64 =
  "${Buffer.from(bytes).toString("base64")}";
`;
  return { bytes, source };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { bytes, source } = await compileKernels();
  await writeFile(`${root}/${target}.new`, source);
  await rename(`${root}/${target}.new`, `${root}/${target}`);
  console.log(`${target}: ${bytes.length} bytes of WebAssembly`);
}
