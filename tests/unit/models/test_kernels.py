"""The fused kernels against definitions in double precision: in Triton's interpreter, and on a GPU where there is one.

Triton decides at its import whether to interpret, so that all cases run in one process of their own.
"""

import importlib.util
import json
import math
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from models.kernels.pixels import fused_pixel_maps
from models.kernels.windows import fused_window_maps
from models.losses import upsample
from models.scoring import margin_uncertainty, predictive_entropy, region_impurity, window_mean

needs_triton = pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="needs Triton")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
FUNCTIONS = {"fused_pixel_maps": fused_pixel_maps, "fused_window_maps": fused_window_maps}

INTERPRET = """
import sys
import torch
from models.kernels.pixels import fused_pixel_maps
from models.kernels.windows import fused_window_maps
functions = {"fused_pixel_maps": fused_pixel_maps, "fused_window_maps": fused_window_maps}
cases = torch.load(sys.argv[1])
torch.save({name: tuple(functions[f](*args, **kwargs)) for name, (f, args, kwargs) in cases.items()}, sys.argv[2])
"""

COMPILE = """
import json, subprocess, sys, tempfile
from pathlib import Path
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from models.kernels import pixels, windows
tools = Path(triton.__file__).parent / "backends/nvidia/bin"
target = GPUTarget("cuda", 90, 32)
def compiled(kernel, types, constants, options):
    signature = {name: "constexpr" if name in constants else types.get(name, "i32") for name in kernel.arg_names}
    result = triton.compile(ASTSource(fn=kernel, signature=signature, constexprs=constants), target, options)
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(result.asm["cubin"])
        file.flush()
        usage = [tools / "cuobjdump", "-res-usage", file.name]
        return subprocess.run(usage, capture_output=True, text=True, check=True).stdout
floats = dict.fromkeys(("entropy", "margin", "values", "impurity", "mean"), "*fp32")
wholes = dict.fromkeys(("totals", "table", "sizes"), "*i64")
types = {"prediction": "*u8", **floats, **wholes}
results = {}
for dtype, classes, stride, ones in [
    ("fp32", 19, 4, ["next_column"]), ("bf16", 19, 4, ["next_class"]), ("fp16", 255, 16, []),
    ("fp32", 2, 2, ["height", "width", "rows", "columns", "next_column"]),
]:
    constants = pixels._constants(classes, stride) | dict.fromkeys(ones, 1)
    given = {**types, "logits": "*" + dtype}
    results[f"pixels {dtype} {classes}"] = compiled(pixels._pixel_maps_kernel, given, constants, pixels._OPTIONS)
for radius, classes, width, launch, ones in [
    (1, 19, 2048, 0, ["reach_x", "reach_y"]), (32, 19, 2048, 0, []), (32, 255, 2048, 0, []), (32, 255, 2048, 1, []),
    (127, 19, 2048, 0, []), (0, 2, 1, 0, ["height", "width", "span"]),
]:
    block = windows._columns(width, min(radius, width - 1))[0]
    packing = windows._Packing.of((2 * radius + 1) ** 2, classes, block)
    constants = windows._constants(packing, classes, block, launch) | dict.fromkeys(ones, 1)
    name = f"windows {radius} {classes} {launch}"
    results[name] = compiled(windows._window_maps_kernel, types, constants, windows._options(block))
print(json.dumps(results))
"""


def child(code: str, *arguments: str, **settings: str) -> str:
    """The output of Python code in a process of its own, in the repository's root."""
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root), **settings}
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def random_logits(seed: int, shape: tuple[int, ...], dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return (torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * 3).to(dtype)


def whole_logits(seed: int, shape: tuple[int, ...]) -> torch.Tensor:
    """Few whole numbers: their mixtures are exact in any order, and tie often."""
    return torch.randint(-2, 3, shape, generator=torch.Generator().manual_seed(seed)).float()


def hostile_logits() -> torch.Tensor:
    """Classes ruled out: one everywhere, one at a corner, all but one in the middle, and all in a column."""
    logits = random_logits(9, (1, 4, 6, 7))
    logits[0, 0] = -math.inf
    logits[0, 1, 0, 0] = -math.inf
    logits[0, 1:, 3, 3] = torch.tensor([-math.inf, 1, -math.inf])
    logits[0, :, :, 6] = -math.inf
    return logits


def random_labels(seed: int, shape: tuple[int, int, int], classes: int, square: int) -> torch.Tensor:
    coarse = torch.randint(0, classes, shape, generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)
    fine = coarse.repeat_interleave(square, 1).repeat_interleave(square, 2)
    return fine[:, : shape[1], : shape[2]].contiguous()


def random_values(seed: int, shape: tuple[int, int, int]) -> torch.Tensor:
    """Uniform in [0, 1), of all sizes down to 1e-9, and zero in a corner."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(shape, generator=generator) ** torch.randint(1, 10, shape, generator=generator)
    values[:, : shape[1] // 2, : shape[2] // 2] = 0
    return values


PIXEL_CASES = {
    "19 classes, cropped, two images": (random_logits(0, (2, 19, 5, 9)), 17, 33, 4),
    "bfloat16": (random_logits(1, (1, 19, 4, 5), torch.bfloat16), 16, 20, 4),
    "channels last, half": (
        random_logits(2, (2, 3, 4, 5), torch.float16).to(memory_format=torch.channels_last), 16, 20, 4
    ),
    "two blocks of columns": (random_logits(3, (1, 2, 2, 40)), 8, 160, 4),
    "ties": (whole_logits(4, (2, 4, 6, 8)), 24, 32, 4),
    "255 classes": (random_logits(5, (1, 255, 2, 2)), 5, 8, 4),
    "stride 2": (random_logits(6, (1, 5, 4, 6)), 8, 11, 2),
    "stride 16": (random_logits(7, (1, 5, 2, 3)), 32, 48, 16),
    "one logit": (random_logits(8, (1, 2, 1, 1)), 4, 4, 4),
    "confident": (random_logits(10, (1, 19, 3, 3)) * 40, 12, 12, 4),
    "ruled out": (hostile_logits(), 24, 28, 4),
}  # fmt: skip
WINDOW_CASES = {
    "k=1, 19 classes": ((2, 9, 20), 1, 19, 2),
    "k=32 within an image": ((1, 72, 70), 32, 19, 9),
    "two strips": ((1, 70, 12), 3, 19, 4),
    "several blocks": ((1, 3, 330), 6, 5, 3),
    "255 classes, one launch": ((1, 6, 30), 1, 255, 1),
    "255 classes, several launches": ((1, 34, 35), 16, 255, 2),
    "two classes": ((1, 8, 9), 4, 2, 3),
    "radius 0": ((1, 5, 6), 0, 7, 1),
    "larger than the image": ((2, 4, 5), 50, 3, 2),
    "one pixel": ((1, 1, 1), 3, 2, 1),
    "pure": ((1, 9, 11), 2, 19, 20),
}


def cases() -> dict[str, tuple]:
    result: dict[str, tuple] = {}
    for name, (logits, height, width, stride) in PIXEL_CASES.items():
        result[name] = "fused_pixel_maps", (logits,), {"height": height, "width": width, "stride": stride}
    for name, (shape, radius, classes, square) in WINDOW_CASES.items():
        inputs = random_labels(radius, shape, classes, square), random_values(radius, shape)
        result[name] = "fused_window_maps", inputs, {"radius": radius, "num_classes": classes}
    logits = random_logits(11, (1, 3, 3, 3))
    logits[0, 1, 0, 0], logits[0, 2, 2, 2] = math.nan, math.inf
    result["not finite"] = "fused_pixel_maps", (logits,), {"height": 12, "width": 12}
    labels = torch.tensor([[[0, 0, 1, 2, 2, 2, 1, 0, 3, 3, 3, 4, 4]]], dtype=torch.uint8)
    result["same counts"] = "fused_window_maps", (labels, torch.zeros(1, 1, 13)), {"radius": 1, "num_classes": 5}
    return result


@pytest.fixture(scope="module")
def interpreted(tmp_path_factory) -> dict[str, tuple[torch.Tensor, ...]]:
    folder = tmp_path_factory.mktemp("kernels")
    torch.save(cases(), folder / "cases.pt")
    child(INTERPRET, str(folder / "cases.pt"), str(folder / "results.pt"), TRITON_INTERPRET="1")
    return torch.load(folder / "results.pt")


def taps(pixel: int, stride: int, size: int) -> list[tuple[int, float]]:
    """Which logits a pixel mixes along one side, and how much of each; those with a weight of 0 left out."""
    place = min(max((pixel + 0.5) / stride - 0.5, 0.0), size - 1.0)
    before = math.floor(place)
    return [(index, share) for index, share in ((before, before + 1 - place), (before + 1, place - before)) if share]


def direct_pixel(logits: np.ndarray, y: int, x: int, stride: int) -> tuple[np.ndarray, int, float, float]:
    """Logits, class, entropy and margin of one pixel."""
    down, across = (taps(pixel, stride, size) for pixel, size in zip((y, x), logits.shape[1:], strict=True))
    mixed = np.zeros(len(logits))
    for row, share in down:
        for column, other in across:
            mixed += logits[:, row, column] * (share * other)
    if mixed.max() == -math.inf:
        return mixed, 0, 1.0, 1.0
    p = np.exp(mixed - mixed.max())
    p /= p.sum()
    lead = np.diff(np.sort(p)[-2:])[0]
    return mixed, int(np.argmax(mixed)), -sum(q * math.log(q) for q in p if q) / math.log(len(p)), 1 - lead


def check_pixels(maps: tuple[torch.Tensor, ...], name: str) -> None:
    logits, height, width, stride = PIXEL_CASES[name]
    prediction, entropy, margin = (part.cpu().numpy() for part in maps)
    assert prediction.dtype == np.uint8
    assert entropy.dtype == margin.dtype == np.float32
    assert prediction.shape == entropy.shape == margin.shape == (len(logits), height, width)
    exact = name == "ties"  # elsewhere, what is closer than rounding may be taken for a tie or for none
    for image, y, x in np.ndindex(prediction.shape):
        mixed, label, nats, closeness = direct_pixel(logits[image].double().numpy(), y, x, stride)
        found = prediction[image, y, x]
        assert found == label or (not exact and mixed[label] - mixed[found] < 1e-5)
        assert entropy[image, y, x] == pytest.approx(nats, abs=3e-6)
        assert margin[image, y, x] == pytest.approx(closeness, abs=1e-5 if name == "confident" else 3e-6)
    assert entropy.min() >= 0
    assert entropy.max() <= 1


def check_windows(maps: tuple[torch.Tensor, ...], name: str) -> None:
    _, (labels, values), kwargs = cases()[name]
    radius, classes = kwargs["radius"], kwargs["num_classes"]
    impurity, mean = (part.cpu() for part in maps)
    assert impurity.dtype == mean.dtype == torch.float32
    by_counts: dict[tuple[int, ...], float] = {}
    for image, y, x in np.ndindex(*labels.shape):
        window = (image, slice(max(0, y - radius), y + radius + 1), slice(max(0, x - radius), x + radius + 1))
        counts = sorted(Counter(labels[window].flatten().tolist()).values())
        shares = [count / sum(counts) for count in counts]
        found = impurity[image, y, x].item()
        assert found == pytest.approx(-math.fsum(s * math.log(s) for s in shares) / math.log(classes), abs=1e-6)
        assert (found == 0) == (len(counts) == 1)
        assert by_counts.setdefault(tuple(counts), found) == found
        expected = math.fsum(values[window].flatten().tolist()) / sum(counts)
        assert mean[image, y, x].item() == pytest.approx(expected, abs=3e-7)
        assert mean[image, y, x] == 0 or expected > 0
    assert mean.min() >= 0
    for image, own in enumerate(labels):  # bit for bit, where the division is IEEE's
        assert torch.equal(impurity[image], region_impurity(own, radius=radius, num_classes=classes))


@needs_triton
@pytest.mark.parametrize("name", PIXEL_CASES)
def test_pixel_maps_are_those_of_the_upsampled_logits(interpreted, name):
    check_pixels(interpreted[name], name)


@needs_triton
@pytest.mark.parametrize("name", ["19 classes, cropped, two images", "bfloat16", "ties", "255 classes", "stride 2"])
def test_pixel_maps_are_those_of_the_pytorch_path(interpreted, name):
    logits, height, width, stride = PIXEL_CASES[name]
    full = upsample(logits.float(), height=logits.shape[2] * stride, width=logits.shape[3] * stride)
    for image, own in enumerate(full[:, :, :height, :width]):
        prediction, entropy, margin = (part[image] for part in interpreted[name])
        torch.testing.assert_close(entropy, predictive_entropy(own), atol=3e-6, rtol=0)
        torch.testing.assert_close(margin, margin_uncertainty(own), atol=3e-6, rtol=0)
        first, second = own.topk(2, dim=0).values
        sure = (first == second) if name == "ties" else first - second > 1e-5
        assert torch.equal(prediction[sure], own.max(dim=0).indices.to(torch.uint8)[sure])


@needs_triton
def test_what_is_not_finite_shows(interpreted):
    _, entropy, margin = interpreted["not finite"]
    for part in (entropy, margin):
        assert part[0, :6, :6].isnan().sum() == 36
        assert part[0, 6:, 6:].isnan().sum() == 36
        assert not part[0, :6, 6:].isnan().any()
        assert not part[0, 6:, :6].isnan().any()


@needs_triton
@pytest.mark.parametrize("name", WINDOW_CASES)
def test_window_maps_are_counts_and_sums_of_the_window(interpreted, name):
    check_windows(interpreted[name], name)


@needs_triton
def test_windows_with_the_same_counts_tie_whatever_the_classes_are_called(interpreted):
    impurity, mean = (part[0, 0] for part in interpreted["same counts"])
    assert impurity[1] == impurity[3] == impurity[5] == impurity[8 + 2] == impurity[11]
    assert impurity[0] == impurity[4] == impurity[9] == impurity[12] == 0
    assert impurity[2] == impurity[6 - 4] > 0
    assert impurity[6] == impurity[7]
    assert (mean == 0).all()


@needs_triton
def test_the_kernels_compile_for_hopper_and_hardly_spill():
    """What a real GPU would run, compiled without one: registers and spills are the assembler's own figures."""
    import triton

    tools = Path(triton.__file__).parent / "backends" / "nvidia" / "bin"
    if not all((tools / tool).exists() for tool in ("ptxas", "cuobjdump")):
        pytest.skip("Triton came without NVIDIA's assembler")
    usages = json.loads(child(COMPILE, TRITON_INTERPRET="0").splitlines()[-1])
    assert len(usages) == 10
    for name, usage in usages.items():
        assert "REG:" in usage, name
        stack = re.search(r"STACK:(\d+)", usage)
        assert stack, usage
        assert int(stack[1]) <= 32, (name, usage)  # bytes a thread


@needs_triton
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"logits": torch.zeros(1, 1, 2, 2)}, "2 to 255 classes"),
        ({"logits": torch.zeros(1, 256, 2, 2)}, "2 to 255 classes"),
        ({"stride": 3}, "stride among"),
        ({"height": 9}, "at most 8 x 8"),
        ({"width": 0}, "at most 8 x 8"),
    ],
)
def test_pixel_maps_that_make_no_sense(wrong, message):
    with pytest.raises(ValueError, match=message):
        fused_pixel_maps(**({"logits": torch.zeros(1, 2, 2, 2), "height": 8, "width": 8} | wrong))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"radius": -1}, "at least 0"),
        ({"num_classes": 1}, "2 to 255"),
        ({"num_classes": 256}, "2 to 255"),
        ({"radius": 5000}, "too wide"),
    ],
)
def test_window_maps_that_make_no_sense(wrong, message):
    prediction = torch.zeros(1, 1, 9000, dtype=torch.uint8)
    with pytest.raises(ValueError, match=message):
        fused_window_maps(prediction, torch.zeros(1, 1, 9000), **({"radius": 1, "num_classes": 2} | wrong))


def test_without_triton_only_a_launch_fails():
    code = """
import sys
sys.modules["triton"] = None
import torch
import models
from models.kernels.pixels import fused_pixel_maps
from models.kernels.windows import fused_window_maps
for launch in (
    lambda: fused_pixel_maps(torch.zeros(1, 2, 1, 1), height=4, width=4),
    lambda: fused_window_maps(torch.zeros(1, 2, 2, dtype=torch.uint8), torch.zeros(1, 2, 2), radius=1, num_classes=2),
):
    try:
        launch()
    except RuntimeError as error:
        print(error)
"""
    assert child(code).count("needs Triton") == 2


@needs_gpu
@needs_triton
@pytest.mark.parametrize("name", cases())
def test_on_a_gpu(name):
    function, args, kwargs = cases()[name]
    maps = FUNCTIONS[function](*(part.cuda() for part in args), **kwargs)
    if name in PIXEL_CASES:
        check_pixels(maps, name)
    elif name in WINDOW_CASES:
        check_windows(maps, name)


@needs_gpu
@needs_triton
@pytest.mark.parametrize("radius", [1, 8, 32])
def test_on_a_gpu_at_full_size(radius):
    logits = random_logits(radius, (2, 19, 256, 512), torch.bfloat16).cuda()
    maps = fused_pixel_maps(logits, height=1024, width=2048)
    full = upsample(logits.float(), height=1024, width=2048)
    windows = fused_window_maps(maps.prediction, maps.entropy, radius=radius, num_classes=19)
    for image in range(2):
        torch.testing.assert_close(maps.entropy[image], predictive_entropy(full[image]), atol=3e-6, rtol=0)
        torch.testing.assert_close(maps.margin[image], margin_uncertainty(full[image]), atol=3e-6, rtol=0)
        differ = maps.prediction[image] != full[image].max(dim=0).indices
        first, second = full[image].topk(2, dim=0).values
        assert ((first - second)[differ] < 1e-5).all()
        expected = region_impurity(maps.prediction[image].cpu(), radius=radius, num_classes=19)
        assert torch.equal(windows.impurity[image].cpu(), expected)
        mean = window_mean(maps.entropy[image].cpu(), radius=radius)
        torch.testing.assert_close(windows.mean[image].cpu(), mean, atol=3e-7, rtol=0)
