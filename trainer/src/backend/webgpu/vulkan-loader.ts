import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";

const loader = "libvulkan.so.1";
/** Linux' RTLD_NODELETE, which Node doesn't name: the library stays when Node finds that it is no addon of its own. */
const stay = 0x1000;

/**
 * Makes sure that Dawn will find a Vulkan loader on Linux: the system's, or one that lies beside the driver's manifest
 * in VK_ICD_FILENAMES (Debian's chromium brings both). Without one, Dawn would complain on stderr by itself.
 *
 * @returns false if there is none; always true elsewhere than on Linux
 */
export function loadVulkan(): boolean {
  if (process.platform !== "linux") return true;
  const manifest = process.env.VK_ICD_FILENAMES?.split(":")[0];
  const beside = manifest ? join(dirname(manifest), loader) : undefined;
  return opens(loader) || (beside !== undefined && existsSync(beside) && opens(beside));
}

function opens(library: string): boolean {
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | stay);
    return true;
  } catch (error) {
    // A shared library that could be read is "no addon of Node's"; one that couldn't is an error of the linker's.
    return error instanceof Error && error.message.includes("did not self-register");
  }
}
