"""Recipes say what the papers do: hyper-parameters against a table typed from METHOD.md."""

import math
from dataclasses import asdict
from pathlib import Path

import pytest

from backend.api.schemas.projects import RoundConfigBody
from backend.domain.class_presets import CLASS_PRESETS
from backend.domain.errors import InvalidInput
from backend.domain.recipes import RECIPES, changes, recipe_of, rehearsed, scaled
from backend.services import configs

SOURCES = {"gtav": "cityscapes-19", "synthia": "cityscapes-16"}
STAL = {"1": ["30 random"], "2.2": ["30 random", "35 entropy"], "5": ["30 random", "120 entropy"]}
RIPU = {"ra-2.2": 1026, "ra-5": 2331, "pa-40": 21}
NETWORKS = {"ra-2.2": "deeplabv2_resnet101", "ra-5": "deeplabv3plus_resnet101", "pa-40": "deeplabv2_resnet101"}

# METHOD.md: 2.1, 4.1, 4.2, 4.4, 7 and 1.3; eq. 3 for the pseudo labels' weights.
STAL_TRAINING = {
    "network": "deeplabv3plus_resnet101", "pretrained": "required", "from_scratch": True, "frozen_norm": False,
    "batch_size": 4, "crop": 769, "crop_rows": None, "source_size": (1024, 2048), "target_size": None,
    "scales": (0.5, 2.0), "flip": 0.5, "colour": 0.0, "optimiser": "sgd", "learning_rate": 0.0025 * 10,
    "encoder_factor": 0.1, "weight_decay": 1e-4, "warm_up": 0.0, "horizon": 1.0, "clip": None, "supervised": "ohem",
    "answered_weight": 1.0, "unsupervised_weight": 1.0, "unsupervised_ramp": 0.0, "unsupervised_until": 1.0,
    "ema_decay": 0.99, "alpha0": 0.2, "confidence_power": 0.0, "class_sampling": False, "mixing": "adaptive_cutmix",
    "copy_paste": True, "contrast_weight": 0.1, "contrast_start": 0.1, "consistency_weight": 0.0,
    "negative_weight": 0.0, "sieve": None,
}  # fmt: skip
# 1.3, 2.2, 6.4 and 7.
RIPU_TRAINING = {
    "pretrained": "required", "from_scratch": False, "frozen_norm": True, "batch_size": 2, "crop": 1280,
    "crop_rows": 640, "source_size": (720, 1280), "target_size": (640, 1280), "scales": (1.0, 1.0), "flip": 0.0,
    "colour": 0.0, "optimiser": "sgd", "encoder_factor": 0.1, "weight_decay": 5e-4, "warm_up": 0.0, "clip": None,
    "supervised": "balanced", "balance": 0.0, "answered_weight": 1.0, "unsupervised_weight": 0.0, "ema_decay": 0.0,
    "mixing": "none", "copy_paste": False, "contrast_weight": 0.0, "consistency_weight": 0.1, "negative_weight": 1.0,
    "sieve": None, "validations": 0,
}  # fmt: skip


def training(config) -> dict:
    return asdict(config.training)


def test_there_is_a_recipe_for_every_task_method_and_budget():
    assert set(RECIPES) == {
        f"{kind}2cityscapes-{budget}"
        for source in SOURCES
        for kind, budgets in ((f"stal-{source}", STAL), (f"ripu-{source}", RIPU))
        for budget in budgets
    }
    assert all(name == recipe.name for name, recipe in RECIPES.items())
    with pytest.raises(InvalidInput, match=r"no recipe 'u2pl'. There are: .*ripu-synthia2cityscapes-pa-40"):
        recipe_of("u2pl")


@pytest.mark.parametrize("name", RECIPES)
def test_every_round_passes_the_checks_that_rounds_from_people_do_and_survives_being_stored(name):
    for config in RECIPES[name].rounds:
        body = RoundConfigBody.model_validate(configs.to_json(config))
        assert configs.from_json(body.model_dump(mode="json")) == config


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("budget", STAL)
def test_stal(source, budget):
    recipe = RECIPES[f"stal-{source}2cityscapes-{budget}"]
    assert (recipe.source, recipe.target, recipe.source_limit) == (source, "cityscapes", 2000)
    assert recipe.classes == SOURCES[source]
    assert recipe.classes in CLASS_PRESETS
    *asking, last = recipe.rounds
    assert [f"{one.acquisition.budget.amount} {one.acquisition.score}" for one in asking] == STAL[budget]
    assert {(one.acquisition.unit, one.acquisition.budget.unit, one.acquisition.budget.scope) for one in asking} == {
        ("image", "images", "pool")
    }
    assert [one.acquisition.stratify for one in asking] == [False, True][: len(asking)]
    assert last.acquisition.budget.amount == 0
    # 200 epochs of the loader of unlabelled images, 4 a step on one GPU: section 7
    labelled = {"1": [30], "2.2": [30, 65], "5": [30, 150]}[budget]
    assert [one.training.iterations for one in recipe.rounds] == [1, *(200 * ((2975 - n) // 4) for n in labelled)]
    assert recipe.rounds[1].training.iterations == 147_200
    for config in recipe.rounds:
        assert STAL_TRAINING.items() <= training(config).items()
        assert asdict(config.evaluation) == {
            "mode": "windows", "window": (769, 769), "stride": None, "flip": False, "scales": (1.0,),
        }  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("variant", RIPU)
def test_ripu(source, variant):
    recipe = RECIPES[f"ripu-{source}2cityscapes-{variant}"]
    assert (recipe.source, recipe.target, recipe.source_limit) == (source, "cityscapes", None)
    assert recipe.classes == SOURCES[source]
    asked = [one.acquisition.budget.amount for one in recipe.rounds]
    assert asked == [RIPU[variant]] * 5 + [0]
    for config in recipe.rounds:
        acquisition = config.acquisition
        assert (acquisition.score, acquisition.budget.scope, acquisition.budget.unit) == ("ripu", "image", "regions")
        assert (acquisition.max_per_image, acquisition.stratify) == (None, False)
        expected = ("pixel", None) if variant == "pa-40" else ("window", 1)
        assert (acquisition.unit, acquisition.radius) == expected
        assert RIPU_TRAINING.items() <= training(config).items()
        assert config.training.network == NETWORKS[variant]
        assert (config.evaluation.mode, config.evaluation.flip) == ("whole", True)
        assert [1024 * config.evaluation.scales[0], 2048 * config.evaluation.scales[0]] == [640, 1280]


def test_ripus_numbers_of_regions_are_its_formula():
    pixels = 2048 * 1024
    assert [math.ceil(pixels * share / 5 / 3**2) for share in (0.022, 0.05)] == [RIPU["ra-2.2"], RIPU["ra-5"]]
    assert math.ceil(40 / 5 / (1280 * 640) * pixels) == RIPU["pa-40"]


def test_ripus_rounds_follow_one_schedule_of_40000_iterations_towards_62500():
    recipe, done = RECIPES["ripu-gtav2cityscapes-ra-5"], 0
    asked_at = []
    for config in recipe.rounds:
        one = config.training
        for t in (0, one.iterations // 2, one.iterations - 1):
            rate = one.learning_rate * (1 - t / (one.horizon * one.iterations)) ** 0.9
            assert rate == pytest.approx(2.5e-3 * (1 - (done + t) / 62_500) ** 0.9, rel=1e-12)
        done += one.iterations
        asked_at.append(done)
    assert asked_at == [10_000, 12_000, 14_000, 16_000, 18_000, 40_000]


def test_a_share_of_a_recipe_keeps_all_but_iterations_images_and_what_is_asked_of_the_pool():
    stal = RECIPES["stal-gtav2cityscapes-5"]
    assert changes(stal, stal) == ()
    assert changes(stal, scaled(stal, 0.01)) == (
        "acquisition.budget.amount: 30, 120, 0 -> 1, 2, 0",
        "training.iterations: 1, 147200, 141200 -> 1, 1472, 1412",
    )
    assert scaled(stal, 0.01).source_limit == 20
    ripu = RECIPES["ripu-gtav2cityscapes-pa-40"]
    assert changes(ripu, scaled(ripu, 0.5)) == (
        "training.iterations: 10000, 2000, 2000, 2000, 2000, 22000 -> 5000, 1000, 1000, 1000, 1000, 11000",
    )


def test_a_rehearsal_keeps_all_but_the_network_iterations_and_lengths():
    ripu = RECIPES["ripu-synthia2cityscapes-ra-2.2"]
    assert changes(ripu, rehearsed(ripu, iterations=4, shrink=16)) == (
        "acquisition.budget.amount: 1026, 1026, 1026, 1026, 1026, 0 -> 5, 5, 5, 5, 5, 0",
        "training.network: deeplabv2_resnet101 -> tiny_fpn",
        "training.pretrained: required -> random",
        "training.iterations: 10000, 2000, 2000, 2000, 2000, 22000 -> 4",
        "training.crop: 1280 -> 80",
        "training.crop_rows: 640 -> 40",
        "training.source_size: (720, 1280) -> (45, 80)",
        "training.target_size: (640, 1280) -> (40, 80)",
        "evaluation.window: (769, 769) -> (49, 49)",
    )
    stal = rehearsed(RECIPES["stal-synthia2cityscapes-1"], iterations=4, shrink=16)
    assert [one.acquisition.budget.amount for one in stal.rounds] == [30, 0]  # of the pool, not of an image's pixels
    assert [one.training.iterations for one in stal.rounds] == [1, 4]


def test_the_document_has_every_recipe():
    told = (Path(__file__).parents[3] / "docs" / "recipes.md").read_text()
    assert all(f"| `{name}` |" in told for name in RECIPES)
