/** The part of jstat 1.9.6 that is used here; the package ships no types. */
declare module "jstat" {
  interface Distribution {
    cdf(x: number, degreesOfFreedom: number): number;
    inv(p: number, degreesOfFreedom: number): number;
  }
  const jstat: { readonly jStat: { readonly studentt: Distribution } };
  export default jstat;
}
