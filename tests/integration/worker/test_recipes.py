"""Recipes from generated files of the right layout to their last round, with all settings their own but sizes."""

import io
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image as Pillow
from sqlalchemy import select
from sqlalchemy.orm import undefer

from backend.cli.local import Local
from backend.cli.recipe_runs import TRAIN_IMAGES, dry_run
from backend.cli.simulation import Arm, Plan, Result, Simulation
from backend.db.tables import Image, Query, Round, ScoredImage
from backend.domain.class_presets import CLASS_PRESETS
from backend.domain.recipes import Recipe, recipe_of
from backend.services import configs
from tests.integration.worker.in_process import work_all

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # rounds on both are test_round's


@dataclass(frozen=True, slots=True)
class Played:
    """What a run has left."""

    recipe: Recipe
    results: list[Result]
    images: list[Image]
    rounds: list[Round]
    queries: list[list[Query]]


@pytest.fixture
def play(database, settings, blobs, admin, annotator, tmp_path):
    def play(name: str) -> Played:
        run = dry_run(recipe_of(name), tmp_path / "datasets")
        simulation = Simulation(
            plan=Plan(
                imports=run.imports,
                classes=CLASS_PRESETS[run.recipe.classes],
                rounds=run.recipe.rounds,
                arms=[Arm.ACTIVE],
                seeds=[0],
            ),
            local=Local(settings, database, blobs),
            admin=admin.actor,
            annotator=annotator.actor,
            tend=lambda: work_all(settings, database, blobs),
            watch=lambda _what, _fraction, _done: None,
        )
        simulation.run()
        with database.read() as session:
            rounds = list(
                session.scalars(select(Round).order_by(Round.round_index).options(undefer(Round.training_log)))
            )
            return Played(
                run.recipe,
                simulation.results,
                list(session.scalars(select(Image).order_by(Image.position))),
                rounds,
                [
                    list(session.scalars(select(Query).where(Query.round_id == one.id).order_by(Query.rank)))
                    for one in rounds
                ],
            )

    return play


def check(played: Played, blobs, *, source: str) -> None:
    """What holds of every recipe: its configs, the names of classes, and answers that are learned from."""
    assert [configs.from_json(one.config) for one in played.rounds] == list(played.recipe.rounds)
    assert all(0 <= one.miou <= 1 for one in played.results)
    names = [row[1] for row in CLASS_PRESETS[played.recipe.classes]]
    for image in played.images:
        ids = np.asarray(Pillow.open(io.BytesIO(blobs.get(image.label_key))))
        assert set(np.unique(ids)) <= {*range(len(names)), 255}
        assert 255 in ids
        assert names[np.bincount(ids[0]).argmax()] == "sky"  # at the top of what was drawn, whatever its raw id
        assert names[np.bincount(ids[-1]).argmax()] == "road"
    kinds = {(one.domain, one.split, one.group) for one in played.images}
    assert kinds == {
        ("source", "train", None),
        *(("target", "train", city) for city in ("aachen", "bochum", "zurich")),
        ("target", "val", "frankfurt"),
    }
    widths = {one.width for one in played.images if one.domain == "source"}
    assert widths == {{"gtav": 120, "synthia": 80}[source]}


def test_stal_asks_for_30_images_then_the_most_uncertain_ones(play, database, blobs):
    played = play("stal-gtav2cityscapes-2.2")
    check(played, blobs, source="gtav")
    assert [[query.unit for query in asked] for asked in played.queries] == [["image"], ["image"], []]
    assert [one.images for one in played.results] == [0, 1, 2]
    [first], [second], _ = played.queries
    with database.read() as session:
        scored = session.scalars(select(ScoredImage).where(ScoredImage.round_id == played.rounds[1].id)).all()
    entropies = {one.image_id: one.candidates[0]["entropy"] for one in scored if one.candidates}
    assert len(entropies) == TRAIN_IMAGES - 1
    assert first.image_id not in entropies
    groups = {one.id: one.group for one in played.images}
    # Of the two cities from which nothing was asked yet, the first has the quota of one.
    city = min(set(groups.values()) - {groups[first.image_id], None, "frankfurt"})
    of_city = {key: value for key, value in entropies.items() if groups[key] == city}
    assert second.image_id == max(of_city, key=of_city.__getitem__)
    assert second.score == pytest.approx(entropies[second.image_id], abs=1e-6)
    assert [one.checkpoint_in for one in played.rounds] == [None] * 3  # every training from scratch
    last = played.rounds[2].training_log[-1]
    assert last["iteration"] == 4
    assert min(last["source_loss"], last["answered_loss"], last["pseudo_loss"]) > 0


@pytest.mark.parametrize(
    ("name", "source", "unit", "each"),
    [
        ("ripu-synthia2cityscapes-ra-2.2", "synthia", "window", 5),  # 1026 / 256, rounded up
        ("ripu-gtav2cityscapes-pa-40", "gtav", "pixel", 1),
    ],
)
def test_ripu_asks_as_much_of_every_image_in_five_rounds(play, blobs, name, source, unit, each):
    played = play(name)
    check(played, blobs, source=source)
    pool = [one.id for one in played.images if (one.domain, one.split) == ("target", "train")]
    assert len(played.rounds) == 6
    for asked in played.queries[:5]:
        assert sorted(query.image_id for query in asked) == sorted(pool * each)
        assert {query.unit for query in asked} == {unit}
        assert all(max(query.width, query.height) <= (3 if unit == "window" else 1) for query in asked)
    assert played.queries[5] == []
    assert [one.regions for one in played.results] == [each * len(pool) * done for done in range(6)]
    places = [(query.image_id, query.x, query.y) for asked in played.queries for query in asked]
    assert len(set(places)) == len(places)  # nothing twice
    before = [None, *(one.checkpoint_out for one in played.rounds[:5])]
    assert [one.checkpoint_in for one in played.rounds] == before
    assert played.rounds[5].training_log[-1]["answered_loss"] > 0
