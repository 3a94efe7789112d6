import type { Bindings } from "../src/environment.ts";

/**
 * What befalls the call: `refused` never reaches the storage; `lost` takes effect, but its answer gets lost; `late` hangs
 * until it is released and then takes effect; `torn` (bodies of R2 only) breaks off while it is read.
 */
export type FaultMode = "refused" | "lost" | "late" | "torn";
export const faultModes = ["refused", "lost", "late", "torn"] as const;

/** Counts the calls that a request makes to D1 and R2, and spoils one of them. */
export class FaultPlan {
  readonly calls: string[] = [];
  /** Whether a call was spoiled: the index may lie beyond the last, and only some can be torn. */
  struck = false;
  readonly #at: number;
  readonly #mode: FaultMode;
  #release: () => void = () => undefined;
  readonly released: Promise<void>;
  #reached: () => void = () => undefined;
  readonly reached: Promise<void>;

  /** @param at index of the call to spoil; Infinity for none */
  constructor(at: number, mode: FaultMode) {
    this.#at = at;
    this.#mode = mode;
    this.released = new Promise((resolve) => (this.#release = resolve));
    this.reached = new Promise((resolve) => (this.#reached = resolve));
  }

  /** Lets the late call go on. */
  release(): void {
    this.#release();
  }

  async call<Result>(name: string, act: () => Promise<Result>): Promise<Result> {
    const index = this.calls.push(name) - 1;
    if (index !== this.#at || this.#mode === "torn") return act();
    this.struck = true;
    this.#reached();
    // As D1 and R2 word it.
    const failure = new Error(
      `${name.startsWith("R2") ? "get: We encountered an internal error. (10001)" : "D1_ERROR: Network connection lost."}`,
    );
    if (this.#mode === "refused") throw failure;
    if (this.#mode === "late") await this.released;
    const result = await act();
    if (this.#mode === "lost") throw failure;
    return result;
  }

  /** For a body that was got: breaks it where this is the call to tear. */
  tear(object: R2ObjectBody): R2ObjectBody {
    if (this.calls.length - 1 !== this.#at || this.#mode !== "torn") return object;
    this.struck = true;
    const failure = new Error("Network connection lost.");
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(1));
        controller.error(failure);
      },
    });
    return new Proxy(object, {
      get(target, key) {
        if (key === "body") return body;
        if (key === "arrayBuffer" || key === "bytes" || key === "text" || key === "json" || key === "blob")
          return () => Promise.reject(failure);
        return member(target, key);
      },
    });
  }
}

/** The bindings with D1 and R2 under the plan. */
export function underFaults(bindings: Bindings, plan: FaultPlan): Bindings {
  return {
    ...bindings,
    DB: faultyDatabase(bindings.DB, plan),
    WEIGHTS: faultyBucket(bindings.WEIGHTS, plan),
  };
}

const inner = Symbol("inner");

function faultyDatabase<Database extends D1Database | D1DatabaseSession>(
  database: Database,
  plan: FaultPlan,
): Database {
  return new Proxy(database, {
    get(target, key) {
      if (key === "prepare") return (sql: string) => faultyStatement(target.prepare(sql), plan);
      if (key === "batch") {
        return (statements: readonly Wrapped[]) =>
          plan.call("D1 batch", () => target.batch(statements.map((statement) => statement[inner])));
      }
      if (key === "withSession" && "withSession" in target)
        return (constraint?: string) => faultyDatabase(target.withSession(constraint), plan);
      return member(target, key);
    },
  });
}

type Wrapped = D1PreparedStatement & { [inner]: D1PreparedStatement };

function faultyStatement(statement: D1PreparedStatement, plan: FaultPlan): Wrapped {
  return new Proxy(statement, {
    get(target, key) {
      if (key === inner) return target;
      if (key === "bind") return (...values: unknown[]) => faultyStatement(target.bind(...values), plan);
      const value = member(target, key);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => plan.call(`D1 ${String(key)}`, async () => value(...given) as unknown);
    },
  }) as Wrapped;
}

function faultyBucket(bucket: R2Bucket, plan: FaultPlan): R2Bucket {
  return new Proxy(bucket, {
    get(target, key) {
      if (key === "resumeMultipartUpload")
        return (name: string, id: string) => faultyUpload(target.resumeMultipartUpload(name, id), plan);
      if (key === "createMultipartUpload") {
        return async (name: string, options?: R2MultipartOptions) =>
          faultyUpload(
            await plan.call("R2 createMultipartUpload", () => target.createMultipartUpload(name, options)),
            plan,
          );
      }
      const value = member(target, key);
      if (typeof value !== "function") return value;
      return async (...given: unknown[]) => {
        const result = await plan.call(`R2 ${String(key)}`, async () => value(...given) as unknown);
        return isBody(result) ? plan.tear(result) : result;
      };
    },
  });
}

function faultyUpload(upload: R2MultipartUpload, plan: FaultPlan): R2MultipartUpload {
  return new Proxy(upload, {
    get(target, key) {
      const value = member(target, key);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => plan.call(`R2 ${String(key)}`, async () => value(...given) as unknown);
    },
  });
}

function isBody(value: unknown): value is R2ObjectBody {
  return typeof value === "object" && value !== null && "body" in value && "arrayBuffer" in value;
}

/** A property; methods stay bound to what they belong to, as the platform's need. */
function member(target: object, key: string | symbol): unknown {
  const value = Reflect.get(target, key) as unknown;
  return typeof value === "function" ? (value as (...given: unknown[]) => unknown).bind(target) : value;
}
