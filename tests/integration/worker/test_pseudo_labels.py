"""What scoring leaves for the inspector of pseudo labels, held against its own pictures and people's answers."""

import json

import numpy as np

from backend.db.tables import Image, ImageMap, Job
from backend.domain.job_state import JobKind
from backend.domain.round_config import Unit
from tests.integration.worker.works import NUM_CLASSES, NUM_IMAGES, acquiring


def result_of(works, round_id: str) -> dict:
    return next(job.result for job in works.rows(Job) if (job.round_id, job.kind) == (round_id, JobKind.SCORE_POOL))


def maps_of(works, round_id: str, kind: str) -> dict[str, np.ndarray]:
    rows = [row for row in works.rows(ImageMap) if (row.round_id, row.kind) == (round_id, kind)]
    return {row.image_id: works.read_picture(row.blob_key) for row in rows}


def test_the_counts_are_those_of_the_pictures(works, blobs):
    works.project()
    first = works.round(acquiring(unit=Unit.WINDOW, amount=8))
    works.answer()
    second = works.round(acquiring(unit=Unit.WINDOW, amount=2))
    round_id = second[0].round_id
    summary = json.loads(blobs.get(result_of(works, round_id)["pseudo_labels"]))
    predicted, levels = (maps_of(works, round_id, kind) for kind in ("prediction", "pixel_entropy"))
    answers = maps_of(works, round_id, "answers")

    # What was said: the truth of the windows asked in the first round, as the oracle draws it.
    assert set(answers) == {query.image_id for query in first}
    truth = {image.id: works.read_picture(image.label_key) for image in works.rows(Image) if image.label_key}
    asked = {image_id: np.zeros_like(ids, dtype=bool) for image_id, ids in predicted.items()}
    for query in first:
        asked[query.image_id][query.y : query.y + query.height, query.x : query.x + query.width] = True
    for image_id, picture in answers.items():
        assert np.array_equal(picture[..., 1], 255 * asked[image_id])
        assert np.array_equal(picture[..., 0], np.where(asked[image_id], truth[image_id], 255))

    # The threshold: the k-th smallest of all open pixels of the pool, by sorting them.
    order = [row["image_id"] for row in summary["images"]]
    assert len(order) == NUM_IMAGES
    open_levels = np.concatenate([levels[image_id][~asked[image_id]] for image_id in order])
    open_classes = np.concatenate([predicted[image_id][~asked[image_id]] for image_id in order])
    assert summary["alphas"][0] == 0.2
    for step in (0, 7, 20):
        keep = round((1 - summary["alphas"][step]) * len(open_levels))
        level = summary["levels"][step]
        assert level == np.sort(open_levels)[keep - 1]
        kept = open_levels <= level
        by_class = np.bincount(open_classes[kept], minlength=NUM_CLASSES)
        assert [row["kept"][step] for row in summary["classes"]] == by_class.tolist()
        for row in summary["images"]:
            here = ~asked[row["image_id"]]
            assert row["open"] == here.sum()
            assert row["kept"][step] == (levels[row["image_id"]][here] <= level).sum()
    assert all(row["kept"][-1] == row["open"] for row in summary["classes"])
    assert [row["answered"] for row in summary["images"]] == [int(asked[image_id].sum()) for image_id in order]
    for class_id, row in enumerate(summary["classes"]):
        told = [(predicted[i] == class_id)[asked[i]] for i in order]
        right = [(truth[i] == class_id)[asked[i]] for i in order]
        assert row["agreed"] == sum(int((one & other).sum()) for one, other in zip(told, right, strict=True))
        assert row["agreed"] + row["overruled"] == sum(int(one.sum()) for one in told)


def test_a_first_round_has_no_answers_and_all_pixels_are_open(works, blobs):
    works.project()
    round_id = works.round(acquiring(amount=3))[0].round_id
    summary = json.loads(blobs.get(result_of(works, round_id)["pseudo_labels"]))
    assert not maps_of(works, round_id, "answers")
    assert {row["open"] for row in summary["images"]} == {320 * 240}
    assert sum(row["open"] for row in summary["classes"]) == NUM_IMAGES * 320 * 240
