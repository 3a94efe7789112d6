/** esbuild copies the file beside the page and gives its address, relative to the importing module. */
declare module "*.wasm" {
  const address: string;
  export default address;
}
declare module "*.css";
