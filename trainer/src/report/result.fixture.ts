import { fixedContender, type ContenderResult, type EvaluationResult } from "../evaluate/index.ts";

const rival: ContenderResult = {
  name: "cross-entropy",
  label: "cross-entropy",
  kind: "fixed",
  loss: "cross-entropy",
  extraData: false,
  learningRate: 0.424264,
  parameters: {},
  validationError: 9.5,
  interior: true,
  trials: [
    { rate: 0.2, value: 0, error: 11 },
    { rate: 0.424264, value: 0, error: 9.5 },
    { rate: 0.8, value: 0, error: 100 },
  ],
  errors: [9, 10],
  diverged: 0,
  error: { mean: 9.5, low: 3.15, high: 15.85 },
  comparison: { difference: -2, relative: -0.2105, pValue: 0.00004, wins: 2, signPValue: 0.5 },
  curves: [
    {
      seed: 11,
      points: [
        { step: 0, error: 90 },
        { step: 50, error: 20 },
        { step: 100, error: 9.5 },
      ],
    },
  ],
  trace: null,
};

const phi = (gain: number) => ({
  U: { shape: [2, 2], data: [1, 0, 0, 1] },
  W: { shape: [2, 2], data: [2, -0.5, 0.25, 2 * gain] },
  b: { shape: [2], data: [0, 0.1] },
  a: { shape: [], data: [0.4] },
  g: { shape: [], data: [gain] },
});

const smoothing = fixedContender("label-smoothing", { extraData: true });

/** A result with every kind of contender, small enough to check by hand. The teacher's label is hostile on purpose. */
export const resultFixture: EvaluationResult = {
  format: "lectern-evaluation",
  formatVersion: 1,
  setting: "glyphs, 100 training examples drawn anew for each student, T = 100",
  metric: "test error, %",
  task: {
    name: "glyphs",
    subset: 100,
    labelNoise: 0.4,
    imbalance: 1,
    devExamples: 50,
    validationExamples: 50,
    testExamples: 50,
  },
  student: { name: "mlp", options: {} },
  recipe: {
    optimizer: { kind: "sgd", learningRate: 0.4, weightDecay: 0 },
    schedule: "cosine",
    batchSize: 32,
    steps: 100,
  },
  backend: "wasm",
  seed: 1,
  note: null,
  splits: [{ name: "test", examples: 50, cleanLabels: true, use: "measures each final student once" }],
  tuning: { seeds: [5], cellsPerContender: 3, trainingsPerContender: 3, centre: 0.4 },
  pairedSeeds: [11, 12],
  contenders: [
    {
      ...rival,
      name: "teacher",
      label: 'teacher <script>alert("1 & 2")</script>',
      kind: "teacher",
      loss: null,
      errors: [7, 8],
      error: { mean: 7.5, low: 1.15, high: 13.85 },
      comparison: null,
      trace: {
        family: "mixed",
        lessons: [{ seed: 11, steps: [0, 50], series: { "log g": [0.9, 1.1], "attention entropy": [1, 1] } }],
        snapshots: [
          { step: 0, phi: phi(2.4) },
          { step: 50, phi: phi(2.6) },
        ],
      },
    },
    rival,
    {
      ...rival,
      name: smoothing.name,
      label: smoothing.label,
      loss: "label-smoothing",
      extraData: true,
      parameters: { epsilon: 0.1 },
      interior: false,
      diverged: 1,
      trials: rival.trials.map(({ rate, error }) => ({ rate, error, value: 0.1 })),
      errors: [5, 100],
      error: { mean: 52.5, low: -551, high: 656 },
      comparison: { difference: -45, relative: -0.857, pValue: 0.52, wins: 1, signPValue: 1 },
    },
  ],
  bestFixed: "cross-entropy",
};
