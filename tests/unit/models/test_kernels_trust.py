"""The fused kernels are used where they were seen to agree with PyTorch, and nowhere else."""

import importlib.util
import os
import subprocess
import sys

import pytest
import torch

from models.kernels.regions import trouble_on

needs_triton = pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="needs Triton")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

AGREE = """
import torch
from models.kernels import regions
cpu = torch.device("cpu")
assert regions.disagreement_on(cpu) is None, regions.disagreement_on(cpu)
pixel = regions.FusedWindows(radius=0, impurity_radius=2)
prediction = torch.tensor([[0, 0, 1, 1]], dtype=torch.uint8)
impurity, mean = pixel.summaries(prediction, torch.tensor([[0.25, 0.5, 0.75, 1.0]]), num_classes=2)
assert mean.tolist() == [[0.25, 0.5, 0.75, 1.0]] and impurity[0, 0] > 0.9
right = regions.fused_window_maps
def wrong(*args, **kwargs):
    maps = right(*args, **kwargs)
    return maps._replace(mean=maps.mean + 2e-5)
regions.fused_window_maps = wrong
assert "their mean is 2e-05 off" in regions.disagreement_on(cpu), regions.disagreement_on(cpu)
"""


@needs_triton
def test_kernels_that_differ_from_pytorch_are_found_out_before_they_are_used():
    script = [sys.executable, "-c", AGREE]
    run = subprocess.run(
        script, env={**os.environ, "TRITON_INTERPRET": "1"}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_on_a_cpu_pytorch_computes():
    assert trouble_on(torch.device("cpu")) == "they run on a GPU, not on cpu"


@needs_gpu
def test_on_a_gpu_the_kernels_are_trusted():
    assert trouble_on(torch.device("cuda", 0)) is None
