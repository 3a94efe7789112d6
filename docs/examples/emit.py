"""Trains a student in NumPy with a teacher's loss, which the API emits: no code of Lectern's is needed.

usage: python3 docs/examples/emit.py [--api URL] [--teacher NAME] [--version SPEC] [--seed N]

The student is an MLP with one hidden layer of 32 tanh units on generated data: one Gaussian blob a class in 20
dimensions, 40 % of the training labels drawn at random. It prints the test error with the teacher and with cross-entropy.
Needs Python 3.9 or newer and NumPy (Debian: python3-numpy).
"""

import argparse
import json
import math
import urllib.error
import urllib.request

import numpy as np


def ask(url, body=None):
    """GET, or POST of JSON; the problem's own words where the API refuses."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} if data else {})
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        raise SystemExit(f"{problem['detail']} {problem['remedy']}") from None


def log_softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def gradient_of_loss(phi, logits, labels):
    """d(mean loss)/d(logits) of -a (log p U)_y - g sigmoid((log p W + b)_y), the family `mixed`; `bilinear` has g = 1
    and no linear term, `gain` the linear one with U = I. Without phi: cross-entropy."""
    log_p = log_softmax(logits)
    rows = np.arange(len(labels))
    by_log_p = np.zeros_like(log_p)
    if phi is None or "U" not in phi and "W" not in phi:
        by_log_p[rows, labels] = -(1.0 if phi is None else phi["a"])
    if phi is not None and "U" in phi:
        by_log_p -= phi["a"] * np.array(phi["U"])[:, labels].T
    if phi is not None and "W" in phi:
        W, b = np.array(phi["W"]), np.array(phi["b"])
        gate = 1 / (1 + np.exp(-((log_p @ W)[rows, labels] + b[labels])))
        by_log_p -= phi.get("g", 1.0) * (gate * (1 - gate))[:, None] * W[:, labels].T
    return (by_log_p - np.exp(log_p) * by_log_p.sum(axis=1, keepdims=True)) / len(labels)


def make_data(rng, classes, count, centres, noise):
    labels = rng.integers(classes, size=count)
    inputs = centres[labels] + rng.normal(size=(count, centres.shape[1]))
    drawn = np.where(rng.random(count) < noise, rng.integers(classes, size=count), labels)
    return inputs, drawn


def make_student(rng, width, classes, hidden=32):
    return [
        rng.normal(size=(width, hidden)) / math.sqrt(width),
        np.zeros(hidden),
        rng.normal(size=(hidden, classes)) / math.sqrt(hidden),
        np.zeros(classes),
    ]


def forward(student, inputs):
    hidden = np.tanh(inputs @ student[0] + student[1])
    return hidden, hidden @ student[2] + student[3]


def measure(names, classes, t, steps, recent, student, dev):
    """The state: a raw value for each feature; the API applies offset and scale. Before the first batch: chance."""
    chance = 1 / classes
    accuracy, cross_entropy, confidences = chance, math.log(classes), np.array([chance])
    if recent:
        log_p = np.concatenate([log_softmax(logits) for logits, _ in recent])
        labels = np.concatenate([labels for _, labels in recent])
        accuracy = float((log_p.argmax(axis=1) == labels).mean())
        cross_entropy = float(-log_p[np.arange(len(labels)), labels].mean())
        confidences = np.exp(log_p.max(axis=1))
    guesses = forward(student, dev[0])[1].argmax(axis=1)
    right = guesses == dev[1]
    precision = [float(right[guesses == k].mean()) if (guesses == k).any() else 0.0 for k in range(classes)]
    known = {
        "one": 1.0,
        "time": t / steps,
        "train-accuracy": accuracy,
        "train-cross-entropy": cross_entropy,
        "train-confidence": float(confidences.mean()),
        "train-confidence-spread": float(confidences.std()),
        "dev-accuracy": float(right.mean()),
        "dev-precision-mean": float(np.mean(precision)),
        "dev-precision-min": min(precision),
        "dev-precision-spread": float(np.std(precision)),
        **{f"dev-precision:{k}": value for k, value in enumerate(precision)},
    }
    return [known[name] for name in names]


def train(seed, manifest, emit):
    """The recipe that the teacher was made for; returns the test error in per cent."""
    rng = np.random.default_rng(seed)
    classes, recipe, measurement = manifest["classes"]["count"], manifest["recipe"], manifest["state"]["measurement"]
    names = [feature["name"] for feature in manifest["state"]["features"]]
    centres = rng.normal(size=(classes, 20)) * 0.8
    inputs, labels = make_data(rng, classes, 2000, centres, noise=0.4)
    dev = make_data(rng, classes, max(measurement["devExamples"], 1), centres, noise=0)
    test = make_data(rng, classes, 5000, centres, noise=0)
    student = make_student(rng, 20, classes)
    phi, recent, steps = None, [], recipe["steps"]
    for t in range(steps):
        if emit and t % measurement["everySteps"] == 0:
            phi = emit(measure(names, classes, t, steps, recent, student, dev))
        rate = recipe["optimizer"]["learningRate"]
        if recipe["schedule"] == "cosine":
            rate *= (1 + math.cos(math.pi * t / steps)) / 2
        batch = rng.integers(len(inputs), size=recipe["batchSize"])
        x, y = inputs[batch], labels[batch]
        hidden, logits = forward(student, x)
        by_logits = gradient_of_loss(phi, logits, y)
        by_hidden = (by_logits @ student[2].T) * (1 - hidden**2)
        for weights, by_weights in zip(
            student, [x.T @ by_hidden, by_hidden.sum(axis=0), hidden.T @ by_logits, by_logits.sum(axis=0)]
        ):
            weights -= rate * by_weights
        recent = [*recent, (logits, y)][-measurement["trainBatches"] :]
    return 100 * float((forward(student, test[0])[1].argmax(axis=1) != test[1]).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--api", default="http://127.0.0.1:8787")
    parser.add_argument("--teacher", default="glyphs-noise")
    parser.add_argument("--version", default="latest")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    versions = f"{options.api}/v1/teachers/{options.teacher}/versions"
    manifest = json.loads(ask(f"{versions}/{options.version}")["manifest"])
    # From here on the exact version: the fastest to be answered, and the same φ for the same state for ever.
    url = f"{versions}/{manifest['version']}/emit"
    taught = train(options.seed, manifest, lambda state: ask(url, {"state": state})["phi"][0])
    plain = train(options.seed, manifest, None)
    print(f"{manifest['name']}@{manifest['version']}, test error: {taught:.2f} % taught, {plain:.2f} % with cross-entropy")


if __name__ == "__main__":
    main()
