import type { Algebra } from "@lectern/shared/teacher";

/** A value in printed code: its variable, and its shape. The batch axis, which only the running code knows, is −1. */
export interface Printed {
  readonly name: string;
  readonly shape: readonly number[];
}

/** How a language writes each operation of {@link Algebra}; operands are variables' names. */
export interface Dialect {
  readonly constant: (values: ArrayLike<number>, shape: readonly number[]) => string;
  readonly binary: (operation: "add" | "sub" | "mul" | "div" | "matMul", a: string, b: string) => string;
  readonly unary: (operation: "exp" | "log" | "sigmoid" | "logSoftmax", x: string) => string;
  readonly sum: (x: string, axis: number | undefined) => string;
  readonly slice: (x: string, start: number, size: number) => string;
  readonly reshape: (x: string, shape: readonly number[]) => string;
  /** A statement that gives a variable its value. */
  readonly assign: (name: string, expression: string) => string;
}

export interface Printer {
  readonly algebra: Algebra<Printed>;
  /** What was computed so far, a statement a line, in order. */
  readonly lines: readonly string[];
}

/**
 * The algebra's third instance: it computes nothing and prints. Whatever is written over {@link Algebra}, a user's own
 * loss family too, comes out as straight-line code in a dialect.
 *
 * @param prefix of the variables' names
 */
export function createPrinter(dialect: Dialect, prefix: string): Printer {
  const lines: string[] = [];
  /** The same expression twice is one variable: constants repeat a lot. */
  const known = new Map<string, string>();
  const emit = (expression: string, shape: readonly number[]): Printed => {
    let name = known.get(expression);
    if (name === undefined) {
      name = `${prefix}${known.size}`;
      known.set(expression, name);
      lines.push(dialect.assign(name, expression));
    }
    return { name, shape };
  };
  const zip =
    (operation: "add" | "sub" | "mul" | "div") =>
    (a: Printed, b: Printed): Printed =>
      emit(dialect.binary(operation, a.name, b.name), broadcast(a.shape, b.shape));
  const map =
    (operation: "exp" | "log" | "sigmoid" | "logSoftmax") =>
    (x: Printed): Printed =>
      emit(dialect.unary(operation, x.name), x.shape);
  return {
    lines,
    algebra: {
      tensor: (values, shape) => emit(dialect.constant(values, shape), shape),
      shapeOf: (x) => x.shape,
      add: zip("add"),
      sub: zip("sub"),
      mul: zip("mul"),
      div: zip("div"),
      matMul: (a, b) => emit(dialect.binary("matMul", a.name, b.name), [a.shape[0]!, b.shape[1]!]),
      exp: map("exp"),
      log: map("log"),
      sigmoid: map("sigmoid"),
      logSoftmax: map("logSoftmax"),
      sum(x, axis) {
        const at = axis !== undefined && axis < 0 ? axis + x.shape.length : axis;
        return emit(dialect.sum(x.name, at), at === undefined ? [] : x.shape.toSpliced(at, 1));
      },
      slice: (x, start, size) => emit(dialect.slice(x.name, start, size), [size, ...x.shape.slice(1)]),
      reshape: (x, shape) => emit(dialect.reshape(x.name, shape), shape),
    },
  };
}

/** NumPy's broadcasting; −1 stays −1. */
function broadcast(a: readonly number[], b: readonly number[]): number[] {
  if (a.length < b.length) return broadcast(b, a);
  return a.map((size, i) => {
    const other = b[i - a.length + b.length] ?? 1;
    return other === 1 ? size : other;
  });
}
