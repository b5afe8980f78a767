"""Windows, mirrored images and other sizes, against loops that do as the definitions say."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from models.evaluation import InferenceConfig, View, offsets, segment
from models.evaluation.views import Tile
from models.inference import predict, predict_logits
from models.networks import build_network

HEIGHT, WIDTH = 75, 101  # more rows than a strip has, and no multiple of anything


@pytest.fixture(scope="module")
def network():
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return build_network("tiny_fpn", num_classes=5).eval()


@pytest.fixture(scope="module")
def image():
    noise = torch.rand(1, 3, 12, 16, generator=torch.Generator().manual_seed(4)) * 255
    return functional.interpolate(noise, size=(HEIGHT, WIDTH), mode="bilinear")[0].to(torch.uint8)


def direct_offsets(length: int, window: int, stride: int) -> list[int]:
    begins, begin = [], 0
    while begin + window < length:
        begins.append(begin)
        begin += stride
    return [*begins, max(0, length - window)]


def direct_windows(network, image, window, stride):
    """Logits averaged over the windows that cover a pixel; each is an image of its own."""
    height, width = image.shape[-2:]
    padded = functional.pad(
        image[None].float(), (0, max(0, window[1] - width), 0, max(0, window[0] - height)), mode="replicate"
    )[0].to(torch.uint8)
    total = torch.zeros(5, *padded.shape[-2:], dtype=torch.float64)
    times = torch.zeros(padded.shape[-2:], dtype=torch.float64)
    for top in direct_offsets(height, window[0], stride[0]):
        for left in direct_offsets(width, window[1], stride[1]):
            rows, columns = slice(top, top + window[0]), slice(left, left + window[1])
            total[:, rows, columns] += predict_logits(network, padded[:, rows, columns])
            times[rows, columns] += 1
    return (total / times)[:, :height, :width]


def assert_says(said, probabilities):
    torch.testing.assert_close(said.confidence.double(), probabilities.amax(dim=0), atol=1e-5, rtol=0)
    best = probabilities.topk(2, dim=0).values
    clear = best[0] - best[1] > 1e-4
    assert clear.float().mean() > 0.95
    assert torch.equal(said.prediction[clear].long(), probabilities.argmax(dim=0)[clear])


def test_offsets_of_the_papers_windows():
    assert offsets(2048, window=769, stride=513) == [0, 513, 1026, 1279]
    assert offsets(1024, window=769, stride=513) == [0, 255]
    assert offsets(500, window=769, stride=513) == [0]


@given(st.integers(1, 200), st.integers(1, 60), st.data())
def test_windows_cover_a_side_and_end_at_its_end(length, window, data):
    stride = data.draw(st.integers(1, window))
    begins = offsets(length, window=window, stride=stride)
    assert begins == direct_offsets(length, window, stride)
    assert {pixel for begin in begins for pixel in range(begin, begin + window)} >= set(range(length))
    assert begins[-1] == max(0, length - window)


@pytest.mark.parametrize("stride", [0, 7])
def test_a_stride_that_leaves_pixels_out_is_refused(stride):
    with pytest.raises(ValueError, match="stride of windows is 1 to their side, 6"):
        offsets(20, window=6, stride=stride)


def test_two_windows_that_overlap_by_hand():
    """Columns 0...5 say 1, columns 4...9 say 3; where both are, the logits' mean is 2."""
    tiles = [
        Tile(coarse=torch.full((1, 1, 2), float(value)), row=0, column=column, height=4, width=6)
        for value, column in ((1, 0), (3, 4))
    ]
    view = View(tiles=tuple(tiles), height=4, width=10, mirrored=False)
    assert view.logits(0, 4, height=4, width=10)[0].tolist() == [[1, 1, 1, 1, 2, 2, 3, 3, 3, 3]] * 4
    mirrored = View(tiles=tuple(tiles), height=4, width=10, mirrored=True)
    assert mirrored.logits(1, 2, height=4, width=10)[0].tolist() == [[3, 3, 3, 3, 2, 2, 1, 1, 1, 1]]


@pytest.mark.parametrize("size", [(HEIGHT, WIDTH), (64, 96), (5, 7)])
def test_whole_is_what_one_pass_says(network, image, size):
    shown = image[:, : size[0], : size[1]]
    assert_says(segment(network, shown, InferenceConfig()), predict_logits(network, shown).double().softmax(dim=0))


@pytest.mark.parametrize(
    ("window", "stride"),
    [
        ((48, 64), None),
        ((20, 31), None),
        ((33, 37), (13, 30)),
        ((64, 200), (1, 200)),
        ((90, 110), None),
        ((75, 101), (75, 101)),
    ],
)
def test_windows_are_averaged_as_logits(network, image, window, stride):
    said = segment(network, image, InferenceConfig(window=window, stride=stride))
    steps = stride or tuple(math.ceil(2 * side / 3) for side in window)
    assert_says(said, direct_windows(network, image, window, steps).softmax(dim=0))


def test_a_mirrored_image_is_averaged_as_probabilities(network, image):
    plain = predict_logits(network, image).double().softmax(dim=0)
    mirrored = predict_logits(network, image.flip(-1)).flip(-1).double().softmax(dim=0)
    assert (plain - mirrored).abs().max() > 0.01
    assert_says(segment(network, image, InferenceConfig(flip=True)), (plain + mirrored) / 2)


def test_mirrored_windows_are_windows_of_the_mirrored_image(network, image):
    window, stride = (48, 64), (20, 31)
    said = segment(network, image, InferenceConfig(window=window, stride=stride, flip=True))
    plain = direct_windows(network, image, window, stride).softmax(dim=0)
    mirrored = direct_windows(network, image.flip(-1), window, stride).flip(-1).softmax(dim=0)
    assert_says(said, (plain + mirrored) / 2)


def direct_sample(coarse, row: float, column: float):
    """Bilinear between logits, whose centres lie at 4 i + 2 pixels; beyond the outermost, those."""
    height, width = coarse.shape[-2:]
    y = min(max((row - 2) / 4, 0), height - 1)
    x = min(max((column - 2) / 4, 0), width - 1)
    top, left = int(y), int(x)
    value = torch.zeros(coarse.shape[0], dtype=torch.float64)
    for i, share in ((top, 1 - (y - top)), (min(top + 1, height - 1), y - top)):
        for j, part in ((left, 1 - (x - left)), (min(left + 1, width - 1), x - left)):
            value += share * part * coarse[:, i, j].double()
    return value


def test_other_sizes_are_sampled_at_the_centres_of_pixels(network, image):
    scales = (0.5, 1.3)
    said = segment(network, image, InferenceConfig(scales=scales))
    for row, column in ((0, 0), (74, 100), (31, 50), (63, 17), (64, 18)):
        mean = torch.zeros(5, dtype=torch.float64)
        for scale in scales:
            size = (round(scale * HEIGHT), round(scale * WIDTH))
            resized = functional.interpolate(image[None].float(), size=size, mode="bilinear", antialias=True)[0]
            with torch.inference_mode():
                padded = functional.pad(resized[None], (0, -size[1] % 32, 0, -size[0] % 32), mode="replicate")
                coarse = network(padded)[0]
            place = (row + 0.5) * size[0] / HEIGHT, (column + 0.5) * size[1] / WIDTH
            mean += direct_sample(coarse, *place).softmax(dim=0) / len(scales)
        assert said.confidence[row, column].item() == pytest.approx(mean.max().item(), abs=1e-5)
        assert said.prediction[row, column] == mean.argmax()


def test_the_direct_sample_is_the_usual_interpolation(network, image):
    logits = predict(network, image)
    for row, column in ((0, 0), (40, 13), (74, 100)):
        torch.testing.assert_close(
            direct_sample(logits.coarse, row + 0.5, column + 0.5).float(), logits.full()[:, row, column]
        )


def test_no_scale_is_refused(network, image):
    with pytest.raises(ValueError, match="one scale at least"):
        segment(network, image, InferenceConfig(scales=()))
