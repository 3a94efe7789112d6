import type { Bindings } from "../src/environment.ts";

export interface Counted {
  bindings: Bindings;
  /** Statements run in D1, each of a batch by itself, and operations of R2, since the last look. */
  take(): { d1: number; r2: number };
}

/** The real bindings, counted. */
export function countCalls(bindings: Bindings): Counted {
  const counts = { d1: 0, r2: 0 };
  const originals = new WeakMap<object, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const counted = new Proxy(statement, {
      get(target, key) {
        const value = Reflect.get(target, key) as unknown;
        if (typeof value !== "function") return value;
        return (...parameters: unknown[]) => {
          const result = Reflect.apply(value, target, parameters) as unknown;
          if (key === "bind") return wrap(result as D1PreparedStatement);
          counts.d1 += 1;
          return result;
        };
      },
    });
    originals.set(counted, statement);
    return counted;
  };
  const DB = new Proxy(bindings.DB, {
    get(target, key) {
      if (key === "prepare") return (sql: string) => wrap(target.prepare(sql));
      if (key === "batch") {
        return (statements: D1PreparedStatement[]) => {
          counts.d1 += statements.length;
          return target.batch(statements.map((statement) => originals.get(statement) ?? statement));
        };
      }
      const value = Reflect.get(target, key) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const WEIGHTS = new Proxy(bindings.WEIGHTS, {
    get(target, key) {
      const value = Reflect.get(target, key) as unknown;
      if (typeof value !== "function") return value;
      return (...parameters: unknown[]) => {
        counts.r2 += 1;
        return Reflect.apply(value, target, parameters);
      };
    },
  });
  return {
    bindings: { ...bindings, DB, WEIGHTS },
    take() {
      const taken = { ...counts };
      counts.d1 = 0;
      counts.r2 = 0;
      return taken;
    },
  };
}
