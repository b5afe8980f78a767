"""Scoring and selection on a GPU against their floor, the PyTorch path, and the network's forward pass.

Run as `python -m benchmarks.acquisition_gpu [--quick] [--out FILE]`. It needs a GPU and Triton, and exits with 2 where
there is no GPU. Logits are at stride 4, of images of 1024x2048 and 19 classes, eight at a time (--quick: two).

The floor of scoring an image is the larger of two times, both of rates measured in the same run: that to move each
byte once (the logits in, then prediction, entropy, margin, impurity and mean out), and that of one exponential a class
and pixel. Where a row is a target's, `baseline` is the most that it allows.
"""

import statistics
import sys
from collections.abc import Callable

import torch
import torchvision
from torch import Tensor

from benchmarks.harness import Result, Timing, arguments, compared, measure, metadata, report
from models.acquisition import select_centres
from models.acquisition.parallel import select_windows_batched
from models.kernels import jit, tl
from models.kernels.pixels import FusedMaps, fused_pixel_maps
from models.kernels.windows import WindowMaps, fused_window_maps
from models.losses import upsample
from models.scoring import margin_uncertainty, predictive_entropy, region_impurity, window_mean

HEIGHT, WIDTH, STRIDE, NUM_CLASSES = 1024, 2048, 4, 19
PICKS = 1026  # an image: 2.2 % of its pixels in 3 x 3 windows, in five rounds
ALLOWED = "times (baseline: the most allowed)"
NO_GPU = 2


@jit
def exponentials(out: tl.tensor, block: tl.constexpr, chain: tl.constexpr) -> None:
    place = tl.program_id(0) * block + tl.arange(0, block)
    value = place.to(tl.float32) / (place + 1)
    for _ in range(chain):
        value = tl.exp2(-value)
    tl.store(out + place, value)


def on_device(function: Callable[[], object], *, repeats: int, calls: int = 1, warm_up: int = 3) -> Timing:
    """Seconds a call by the GPU's own clock, over `calls` in a row; the first calls, which compile, do not count."""
    for _ in range(warm_up):
        function()
    seconds = []
    for _ in range(repeats):
        start, stop = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        for _ in range(calls):
            function()
        stop.record()
        stop.synchronize()
        seconds.append(start.elapsed_time(stop) / 1000 / calls)
    quartiles = statistics.quantiles(seconds, n=4, method="inclusive")
    return Timing(median=quartiles[1], iqr=quartiles[2] - quartiles[0])


def per_image(timing: Timing, images: int) -> Timing:
    return Timing(median=timing.median / images * 1e6, iqr=timing.iqr / images * 1e6)


def rates(repeats: int) -> tuple[Result, Result]:
    """Bytes a second of a copy, read and written, and exponentials a second."""
    source = torch.empty(2**28, dtype=torch.float32, device="cuda")
    target = torch.empty_like(source)
    copy = on_device(lambda: target.copy_(source), repeats=repeats)
    programs, block, chain = 8192, 1024, 512
    run = exponentials[(programs,)]
    exp = on_device(lambda: run(target, block=block, chain=chain, num_warps=4, enable_fp_fusion=True), repeats=repeats)
    moved = 2 * source.numel() * source.element_size()
    return (
        Result("copy bandwidth", moved / copy.median / 1e9, None, None, "GB/s"),
        Result("exponentials", programs * block * chain / exp.median / 1e9, None, None, "G/s"),
    )


def make_logits(images: int, *, smooth: bool) -> Tensor:
    """As a network makes them, in areas of about 64 pixels; or noise, where every window has many classes."""
    generator = torch.Generator(device="cuda").manual_seed(0)
    size = (HEIGHT // STRIDE, WIDTH // STRIDE)
    coarse = (size[0] // 16, size[1] // 16) if smooth else size
    logits = 3 * torch.randn(images, NUM_CLASSES, *coarse, generator=generator, device="cuda")
    return upsample(logits, height=size[0], width=size[1]).bfloat16().contiguous()


def fused(logits: Tensor, radius: int) -> tuple[FusedMaps, WindowMaps]:
    pixels = fused_pixel_maps(logits, height=HEIGHT, width=WIDTH, stride=STRIDE)
    return pixels, fused_window_maps(pixels.prediction, pixels.entropy, radius=radius, num_classes=NUM_CLASSES)


def unfused(logits: Tensor, radius: int) -> Tensor:
    """The same maps by the PyTorch path, image by image; the score of all."""
    scores = []
    for own in logits:
        full = upsample(own[None].float(), height=HEIGHT, width=WIDTH)[0]
        prediction = full.max(dim=0).indices.to(torch.uint8)
        margin_uncertainty(full)
        impurity = region_impurity(prediction, radius=radius, num_classes=NUM_CLASSES)
        scores.append(impurity * window_mean(predictive_entropy(full), radius=radius))
    return torch.stack(scores)


def scorings(name: str, logits: Tensor, *, floor: float, repeats: int) -> tuple[list[Result], Tensor, float]:
    """Figures of scoring; then the score at k=1, and microseconds an image that it took."""
    images = len(logits)
    pixels = on_device(lambda: fused_pixel_maps(logits, height=HEIGHT, width=WIDTH, stride=STRIDE), repeats=repeats)
    results = [Result(f"pixel maps, {name}", per_image(pixels, images).median, None, None, "us an image")]
    medians = []
    for radius in (1, 32):
        ours = on_device(lambda radius=radius: fused(logits, radius), repeats=repeats)
        baseline = on_device(lambda radius=radius: unfused(logits, radius), repeats=max(3, repeats // 10), warm_up=1)
        row = compared(f"scoring k={radius}, {name}", per_image(ours, images), per_image(baseline, images))
        results.append(
            Result(row.name, row.ours, row.baseline, row.ratio, "us an image", row.ours_iqr, row.baseline_iqr)
        )
        medians.append(per_image(ours, images).median)
    results.append(Result(f"scoring k=1 over its floor, {name}", medians[0] / floor, 5, None, ALLOWED))
    results.append(Result(f"scoring k=32 over k=1, {name}", medians[1] / medians[0], 3, None, ALLOWED))
    maps = fused(logits, 1)[1]
    score = maps.impurity * maps.mean
    apart = float((score - unfused(logits, 1)).abs().nan_to_num(1).median())
    assert apart < 1e-6, f"{name}: scores {apart} apart"
    return results, score, medians[0]


def selection(name: str, score: Tensor, *, repeats: int) -> Result:
    """All picks of all images, against the CPU path, one image after the other with its copy from the device."""
    images = len(score)
    ours = on_device(lambda: select_windows_batched(score, reach=2, count=PICKS), repeats=repeats)
    baseline = measure(
        lambda: [select_centres(own.cpu().numpy(), reach=2, count=PICKS) for own in score], repeats=3, warm_up=1
    )
    picks = select_windows_batched(score, reach=2, count=PICKS)
    for image, own in enumerate(score):
        expected = [(pick.row, pick.column) for pick in select_centres(own.cpu().numpy(), reach=2, count=PICKS)]
        places = zip(picks.rows[image].tolist(), picks.columns[image].tolist(), strict=True)
        assert list(places)[: len(expected)] == expected, f"{name}: other picks, or another order"
    row = compared(f"selection of {PICKS}, {name}", per_image(ours, images), per_image(baseline, images))
    return Result(row.name, row.ours, row.baseline, row.ratio, "us an image", row.ours_iqr, row.baseline_iqr)


def forward_pass(images: int, repeats: int) -> float:
    """Microseconds an image of a network much like DeepLabV3+, which is not among the dependencies."""
    network = torchvision.models.segmentation.deeplabv3_resnet101(
        weights=None, weights_backbone=None, num_classes=NUM_CLASSES
    )
    network = network.eval().to("cuda", torch.bfloat16, memory_format=torch.channels_last)
    batch = torch.randn(images, 3, HEIGHT, WIDTH, device="cuda", dtype=torch.bfloat16)
    batch = batch.contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        return per_image(on_device(lambda: network(batch)["out"], repeats=repeats), images).median


def main() -> None:
    options = arguments(__doc__)
    if not torch.cuda.is_available():
        print("This benchmark needs a GPU, and PyTorch finds none. Nothing was measured.", file=sys.stderr)
        sys.exit(NO_GPU)
    conditions = metadata() | {"cuda": torch.version.cuda}
    images, repeats = (2, 10) if options.quick else (8, 50)
    results: list[Result] = [*rates(repeats)]
    bandwidth, exponentials_rate = (row.ours * 1e9 for row in results)
    pixels = HEIGHT * WIDTH
    bytes_moved = pixels / STRIDE**2 * NUM_CLASSES * 2 + pixels * (1 + 4 * 4)
    floor = max(bytes_moved / bandwidth, pixels * NUM_CLASSES / exponentials_rate) * 1e6
    results.append(Result("floor of scoring", floor, None, None, "us an image"))
    forward = forward_pass(images, max(3, repeats // 5))
    name = "forward pass, torchvision DeepLabV3 ResNet-101 (output stride 8), bf16"
    results.append(Result(name, forward, None, None, "us an image"))
    for kind in ("smooth", "noise"):
        rows, score, scoring = scorings(
            kind, make_logits(images, smooth=kind == "smooth"), floor=floor, repeats=repeats
        )
        chosen = selection(kind, score, repeats=repeats)
        share = (scoring + chosen.ours) / forward
        results += [
            *rows,
            chosen,
            Result(f"selection over 1 ms, {kind}", chosen.ours / 1000, 1, None, ALLOWED),
            Result(f"scoring k=1 and selection over the forward pass, {kind}", share, 0.1, None, ALLOWED),
        ]
    report(results, conditions=conditions, out=options.out)


if __name__ == "__main__":
    main()
