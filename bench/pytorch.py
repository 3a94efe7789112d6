#!/usr/bin/python3
"""The cost of one L2T-DLF meta-training step in PyTorch, on the workloads of `lectern bench`. One JSON line a case.

Per case, medians over repeated runs in milliseconds (wall clock; `cpu` has the process's CPU time beside it):
  ce_step            one student SGD step on cross-entropy
  step               one student SGD step on the emitted dynamic loss
  reverse            one exact step of reverse-mode differentiation: double backward, d omega and d theta updated
  reverse_central    the same by central differences of the gradient, (g(w + e v) - g(w - e v)) / 2e
  hyper, hyper_central   step + reverse
Workloads, float32: mlp 784-128-10, batch 64; lenet (20/50 filters of 5x5, 500 tanh units), batch 128, 28x28x1; resnet8
(16-32-64, batch norm, one block a stage), batch 128, 32x32x3. Teacher: attention over 4 keys, K = 10, 13-d state.

--export DIR writes DIR/CASE.safetensors: inputs, weights, teacher, d omega, and what `reverse` makes of them, in
PyTorch's layouts and under the names of our students' variables.
--go FILE: says "ready" when warm and starts when FILE exists, so that several processes run at once.
"""
import argparse, json, os, statistics, struct, sys, time

try:
    import torch, torch.nn.functional as F
except ImportError:
    sys.exit("PyTorch isn't installed for %s. On Debian: apt-get install python3-torch libopenblas0-pthread" % sys.executable)

parser = argparse.ArgumentParser()
parser.add_argument("--device", default="cpu")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--cases", default="mlp,lenet,resnet8")
parser.add_argument("--seconds", type=float, default=10)
parser.add_argument("--export")
parser.add_argument("--go")
args = parser.parse_args()
device = torch.device(args.device)
torch.set_num_threads(args.threads)
RATE, CLASSES, KEYS, FEATURES = 0.1, 10, 4, 13
# Exported steps pad convolutions of stride 2 behind the image only, as TensorFlow's "same" does. What is timed doesn't: it
# would cost PyTorch a copy.
ALIGNED = False
# So large that d omega before the step doesn't hide the Hessian's product behind its rounding.
EXPORT_RATE = 1000


def blas():
    """The BLAS library that this process runs on, by what is mapped into it."""
    with open("/proc/self/maps") as maps:
        paths = sorted({line.split()[-1] for line in maps if "blas" in line.rsplit("/", 1)[-1]})
    # liblapack brings OpenBLAS along whatever libtorch calls: what counts is the library behind the name libblas.
    named = [path for path in paths if os.path.basename(path).startswith("libblas")]
    return (named or paths or ["unknown"])[0]


def normal(*shape, scale=0.05):
    return torch.randn(*shape, device=device) * scale


KINKS = []


def relu(x):
    if ALIGNED:
        KINKS.append(x.detach().abs().min().item())
    return torch.relu(x)


def mlp():
    weights = {"hidden/kernel": normal(784, 128), "hidden/bias": normal(128), "logits/kernel": normal(128, 10), "logits/bias": normal(10)}
    return weights, lambda w, x: relu(x @ w[0] + w[1]) @ w[2] + w[3], torch.randn(64, 784, device=device)


def lenet():
    weights = {"conv1/kernel": normal(20, 1, 5, 5), "conv1/bias": normal(20), "conv2/kernel": normal(50, 20, 5, 5), "conv2/bias": normal(50),
               "hidden/kernel": normal(800, 500), "hidden/bias": normal(500), "logits/kernel": normal(500, 10), "logits/bias": normal(10)}

    def forward(w, x):
        h = F.max_pool2d(torch.tanh(F.conv2d(x, w[0], w[1])), 2)
        h = F.max_pool2d(torch.tanh(F.conv2d(h, w[2], w[3])), 2)
        return torch.tanh(h.flatten(1) @ w[4] + w[5]) @ w[6] + w[7]

    return weights, forward, torch.randn(128, 1, 28, 28, device=device)


def resnet8():
    weights, plan = {}, {}

    def add(name, i, o, k, stride):
        plan[name] = (len(weights), stride, k // 2)
        weights[name + "-conv/kernel"] = normal(o, i, k, k, scale=(2 / (i * k * k)) ** 0.5)
        weights[name + "-norm/gamma"] = torch.ones(o, device=device)
        weights[name + "-norm/beta"] = torch.zeros(o, device=device)

    stages = ((16, 16, 1), (16, 32, 2), (32, 64, 2))
    add("stem", 3, 16, 3, 1)
    for s, (i, o, stride) in enumerate(stages, 1):
        add(f"stage{s}-first", i, o, 3, stride)
        add(f"stage{s}-second", o, o, 3, 1)
        if i != o:
            add(f"stage{s}-shortcut", i, o, 1, stride)
    weights["logits/kernel"], weights["logits/bias"] = normal(64, 10), normal(10)

    def normalised(w, name, x):
        at, stride, pad = plan[name]
        if ALIGNED and stride == 2 and pad == 1:
            x, pad = F.pad(x, (0, 1, 0, 1)), 0
        return F.batch_norm(F.conv2d(x, w[at], None, stride, pad), None, None, w[at + 1], w[at + 2], True)

    def forward(w, x):
        h = relu(normalised(w, "stem", x))
        for s, (i, o, _) in enumerate(stages, 1):
            r = normalised(w, f"stage{s}-second", relu(normalised(w, f"stage{s}-first", h)))
            h = relu((h if i == o else normalised(w, f"stage{s}-shortcut", h)) + r)
        return h.mean((2, 3)) @ w[-2] + w[-1]

    return weights, forward, torch.randn(128, 3, 32, 32, device=device)


def synchronise():
    if args.device == "cuda":
        torch.cuda.synchronize()


def measure(action, seconds):
    for _ in range(3):
        action()
    wall, cpu, end = [], [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(wall) < 5:
        synchronise()
        began, began_cpu = time.perf_counter(), time.process_time()
        action()
        synchronise()
        wall.append((time.perf_counter() - began) * 1e3)
        cpu.append((time.process_time() - began_cpu) * 1e3)
    return statistics.median(wall), statistics.median(cpu)


def write_safetensors(path, tensors):
    header, body = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.detach().cpu().float().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


for case in args.cases.split(","):
    torch.manual_seed(0)
    named, forward, x = {"mlp": mlp, "lenet": lenet, "resnet8": resnet8}[case]()
    names, w = list(named), [t.requires_grad_() for t in named.values()]
    y = torch.randint(0, CLASSES, (x.shape[0],), device=device)
    theta = [(torch.eye(CLASSES, device=device).repeat(KEYS, 1, 1) + normal(KEYS, CLASSES, CLASSES)).requires_grad_(),
             normal(KEYS, CLASSES).requires_grad_(), normal(FEATURES, KEYS).requires_grad_()]
    state, dw = torch.rand(FEATURES, device=device), [torch.randn_like(t) for t in w]

    def loss(w):
        attention = torch.softmax(state @ theta[2], 0)
        W, b = (attention[:, None, None] * theta[0]).sum(0), (attention[:, None] * theta[1]).sum(0)
        return -torch.sigmoid((F.log_softmax(forward(w, x), 1) @ W + b).gather(1, y[:, None])).mean()

    def update(value):
        g = torch.autograd.grad(value, w)
        with torch.no_grad():
            return [u - RATE * v for u, v in zip(w, g)]

    def reverse(rate=RATE):
        g = torch.autograd.grad(loss(w), w, create_graph=True)
        gg = torch.autograd.grad(sum((u * v).sum() for u, v in zip(g, dw)), w + theta)
        with torch.no_grad():
            return [u - rate * v for u, v in zip(dw, gg)], [-rate * v for v in gg[len(w):]]

    def reverse_central(delta=1e-3):
        with torch.no_grad():
            scale = delta * torch.sqrt(sum((u * u).sum() for u in w)) / torch.sqrt(sum((v * v).sum() for v in dw))
        ends = []
        for sign in (1, -1):
            with torch.no_grad():
                moved = [(u + sign * scale * v).requires_grad_() for u, v in zip(w, dw)]
            ends.append(torch.autograd.grad(loss(moved), moved + theta))
        with torch.no_grad():
            gg = [(a - b) / (2 * scale) for a, b in zip(*ends)]
            return [u - RATE * v for u, v in zip(dw, gg)], [-RATE * v for v in gg[len(w):]]

    if args.export:
        ALIGNED = True
        # Of two million relus a few lie within rounding of their kink, and one that falls on its other side changes dw by 1e-3.
        # So: a few examples, drawn until none does.
        whole = (x, y)
        if case == "resnet8":
            x, y = x[:4], y[:4]
            while True:
                KINKS.clear()
                forward(w, x)
                if min(KINKS) > 1e-5:
                    break
                x = torch.randn_like(x)
        single = reverse(EXPORT_RATE)
        inputs = (x, w, theta, state, dw)
        # The numbers to compare with come from the same inputs in float64: where the curvature is large, float32 itself is
        # off by more than one implementation is from another.
        x, state, dw = x.double(), state.double(), [t.double() for t in dw]
        w, theta = ([t.detach().double().requires_grad_() for t in ts] for ts in (w, theta))
        moved, dtheta = reverse(EXPORT_RATE)
        relative = lambda a, b, base: (sum(((p - q) ** 2).sum() for p, q in zip(a, b)) / sum(((q - o) ** 2).sum() for q, o in zip(b, base))) ** 0.5
        errors = [relative(single[0], moved, dw), relative(single[1], dtheta, [torch.zeros_like(t) for t in dtheta])]
        x, w, theta, state, dw = inputs
        ALIGNED = False
        tensors = {"x": x, "y": y, "state": state, "rate": torch.tensor([EXPORT_RATE]), "float32_error": torch.stack(errors),
                   **dict(zip(("theta/W", "theta/b", "theta/V"), theta)),
                   **dict(zip(("reverse/dtheta/W", "reverse/dtheta/b", "reverse/dtheta/V"), dtheta))}
        for name, weight, before, after in zip(names, w, dw, moved):
            tensors.update({"weights/" + name: weight, "directions/" + name: before, "reverse/dweights/" + name: after})
        x, y = whole
        write_safetensors(os.path.join(args.export, case + ".safetensors"), tensors)
    if args.go:
        for _ in range(2):
            update(loss(w)), reverse()
        print("ready", flush=True)
        while not os.path.exists(args.go):
            time.sleep(0.002)
    if args.seconds > 0:
        share = args.seconds / 4
        timings = {"ce_step": measure(lambda: update(F.cross_entropy(forward(w, x), y)), share), "step": measure(lambda: update(loss(w)), share),
                   "reverse": measure(reverse, share), "reverse_central": measure(reverse_central, share)}
        wall, cpu = ({name: pair[k] for name, pair in timings.items()} for k in (0, 1))
        for times in (wall, cpu):
            times["hyper"] = times["step"] + times["reverse"]
            times["hyper_central"] = times["step"] + times["reverse_central"]
        print(json.dumps({"case": case, "batch": x.shape[0], "device": torch.cuda.get_device_name() if args.device == "cuda" else "cpu",
                          "threads": args.threads, "torch": torch.__version__, "blas": blas(), **{k: round(v, 3) for k, v in wall.items()},
                          "cpu": {k: round(v, 3) for k, v in cpu.items()}}), flush=True)
