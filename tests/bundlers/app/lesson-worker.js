import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { selectBackend } from "@lectern/client/backends";
import { serveLessons } from "@lectern/client/worker/serve";

setWasmPaths("/wasm/");
serveLessons({ openBackend: () => selectBackend({ order: ["wasm"] }) });
