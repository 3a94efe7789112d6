import type { BackendName } from "./backend-offers.ts";
import type { Choice } from "./choice.ts";

/** What a program must know to train a lesson's students anew. */
export interface Recording {
  readonly api: string;
  readonly choice: Pick<Choice, "teacher" | "rival" | "student" | "seed" | "pairs" | "task">;
  readonly backend: BackendName;
  /** As they were taken, also where the form left them open. */
  readonly steps: number;
  readonly learningRate: number;
  readonly examples: number;
  readonly classNames: readonly string[];
  /** "digits" or "shapes". */
  readonly glyphs: string | undefined;
  readonly own:
    | {
        readonly kind: "table" | "images";
        readonly source: string;
        readonly label?: string | undefined;
        readonly columns: readonly string[];
        readonly shape: readonly number[];
      }
    | undefined;
}

/** A program that trains the last pair of students of a lesson once more: same data, same batches, same weights. */
export function reproduction(recording: Recording): string {
  const { api, choice, backend, steps, learningRate, classNames, own } = recording;
  const { teacher, rival, student, seed, pairs, task } = choice;
  const any = task.kind === "own" && task.match === "any";
  const lines = [
    `// npm install ${packages(recording).join(" ")}`,
    ...(own?.kind === "table"
      ? ['import { readFile } from "node:fs/promises";', 'import Papa from "papaparse";']
      : []),
    'import * as tf from "@tensorflow/tfjs-core";',
    `import "@tensorflow/tfjs-backend-${backend}";`,
    ...(any ? [] : ['import { connect } from "@lectern/client";']),
    'import { selectBackend } from "@lectern/client/backends";',
    `import { ${kit(recording).toSorted().join(", ")} } from "@lectern/client/classroom";`,
    ...(any ? ['import { connect } from "@lectern/client/connect";'] : []),
    `import { ${any ? "teacherFor" : "registerFamilies"} } from "@lectern/client/families";`,
    'import { teachFixed } from "@lectern/client/fixed";',
    'import { registerOptimizers } from "@lectern/client/optimizers";',
    "",
    `const seed = ${seed + pairs - 1};`,
    `await selectBackend({ order: ["${backend}"], allowSoftware: true });`,
    "registerOptimizers();",
    ...(any
      ? [
          `const pulled = await connect(${text(api)}).teacher(${text(teacher)});`,
          `const teacher = teacherFor(pulled, ${text(classNames)});`,
        ]
      : ["registerFamilies();", `const teacher = await connect(${text(api)}).teacher(${text(teacher)});`]),
    "const { classes, recipe } = teacher.manifest;",
    "",
    ...dataLines(recording),
    "",
    "const model = () =>",
    `  buildStudent({ inputShape: data.train.shape, classes: classes.count, seed, student: ${text(student)} });`,
    "const [ofTeacher, ofFixed] = [model(), model()];",
    "const train = tensorsOf(data.train);",
    `const common = { train, dev: tensorsOf(data.dev), seed, steps: ${steps} };`,
    "const lesson = await teacher.teach(ofTeacher, common);",
    "await teachFixed(ofFixed, {",
    "  ...common,",
    `  loss: ${text(rival.loss)},`,
    ...(rival.parameter === undefined ? [] : [`  parameter: ${rival.parameter},`]),
    "  recipe,",
    `  optimizer: { ...recipe.optimizer, learningRate: ${learningRate} },`,
    "});",
    "for (const { message } of lesson.warnings) console.log(message);",
    "",
    "const test = tensorsOf(data.test);",
    "const accuracy = (student) =>",
    "  tf.tidy(() => {",
    '    const right = tf.equal(tf.argMax(student.predict(test.x), 1), tf.cast(test.y, "int32"));',
    '    return tf.mean(tf.cast(right, "float32")).dataSync()[0].toFixed(4);',
    "  });",
    "console.log(`teacher: accuracy ${accuracy(ofTeacher)}`);",
    "console.log(`fixed loss: accuracy ${accuracy(ofFixed)}`);",
    "",
    "export { ofFixed, ofTeacher };",
  ];
  return `${lines.join("\n")}\n`;
}

const text = (value: unknown): string => JSON.stringify(value);

/** What a program needs besides Node; `@lectern/client` brings nothing but itself. */
const packages = ({ own, backend }: Recording): string[] => [
  "@lectern/client",
  ...["core", "layers", `backend-${backend}`].map((name) => `@tensorflow/tfjs-${name}@4.22.0`),
  ...(own?.kind === "table" ? ["papaparse"] : []),
];

function kit({ own }: Recording): string[] {
  const always = ["buildStudent", "tensorsOf"];
  if (!own) return ["drawGlyphLesson", ...always];
  return [
    ...(own.kind === "table" ? ["openTable", "tableExamples"] : ["readImages"]),
    "splitOwnData",
    ...always,
  ];
}

function dataLines({ choice: { task }, own, examples, glyphs }: Recording): string[] {
  if (task.kind === "glyphs")
    return [
      "const data = drawGlyphLesson({",
      "  seed,",
      `  classes: ${text(glyphs)},`,
      `  labelNoise: ${task.labelNoise},`,
      `  imbalance: ${task.imbalance},`,
      `  examples: ${examples},`,
      "});",
    ];
  const split = `const data = splitOwnData(own, { seed, classes, match: ${text(task.match === "any" ? "names" : task.match)} });`;
  if (own!.kind === "table")
    return [
      `// Your file, which never left your device: put ${text(own!.source)} beside this program.`,
      `const { data: rows } = Papa.parse(await readFile(${text(own!.source)}, "utf8"), { skipEmptyLines: "greedy" });`,
      `const own = tableExamples(openTable(rows, ${text(own!.source)}), {`,
      `  label: ${text(own!.label)},`,
      `  features: ${text(own!.columns)},`,
      "});",
      split,
    ];
  return [
    `// In a page: images are decoded by the browser. Ask for ${text(own!.source)} when a button was pressed.`,
    'const input = Object.assign(document.createElement("input"), { type: "file", webkitdirectory: true });',
    "input.click();",
    'await new Promise((chosen) => input.addEventListener("change", chosen));',
    "const files = [...input.files].map((file) => ({ path: file.webkitRelativePath, file }));",
    `const own = await readImages(files, { side: ${own!.shape[0]}, colour: ${own!.shape[2] === 3} });`,
    split,
  ];
}
