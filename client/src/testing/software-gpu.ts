const manifest = "/usr/lib/chromium/vk_swiftshader_icd.json";

/**
 * True where Debian's chromium is installed, which brings SwiftShader: the real WebGPU kernels, emulated on the
 * processor. From then on, Dawn in this process finds it as its adapter.
 */
export function useSoftwareGpu(): boolean {
  if (!process.getBuiltinModule("node:fs").existsSync(manifest)) return false;
  process.env["VK_ICD_FILENAMES"] ??= manifest;
  return true;
}
