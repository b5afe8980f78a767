"""The inspector of pseudo labels: every pixel, count and word against the maps that it is made of."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image as Pillow
from playwright.sync_api import Locator, Page, expect
from torch.nn import functional

from backend.db.tables import Image, ImageMap, Job, Project
from backend.domain.image_file import write_label_map
from backend.domain.job_state import JobKind, JobState, Queue
from backend.domain.regions import Box
from backend.domain.vocabulary import Domain, Split
from backend.services.manifests import AnsweredRegion, ManifestImage
from models.inference import Logits
from models.scoring import pixel_maps
from tests.e2e.conftest import House
from tests.e2e.eyes import LARGE, SMALL, look
from tests.factories import Person, Scene
from worker import pseudo_labels

Enter = Callable[[Person, str], Page]
HATCH = (0x3A, 0x6E)
KEPT = (0xC4, 0xC4, 0xC4)


@dataclass(frozen=True)
class Known:
    """What was written of an image."""

    image_id: str
    prediction: NDArray[np.uint8]
    levels: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    spoken: NDArray[np.uint8]

    @property
    def open(self) -> NDArray[np.bool_]:
        return self.spoken == 0

    def dropped(self, level: int) -> NDArray[np.bool_]:
        return self.open & (self.levels > level)


@dataclass(frozen=True)
class Inspected:
    """A scored round: the images, the one first of which most is dropped, and the thresholds."""

    images: list[Known]
    levels: list[int]
    colors: list[tuple[int, ...]]


@pytest.fixture
def inspected(house: House, scene: Scene) -> Inspected:
    """The scene's round as scoring leaves it, with a teacher that sees the truth blurred, and disturbed."""
    with house.database.read() as session:
        pool = session.query(Image).filter_by(project_id=scene.project_id, domain=Domain.TARGET, split=Split.TRAIN)
        images = pool.order_by(Image.position).all()
        project = session.get_one(Project, scene.project_id)
    colors = [one["color"] for one in project.classes]
    known, counted, rows = [], [], []
    for nth, image in enumerate(images):
        truth = np.asarray(Pillow.open(io.BytesIO(house.blobs.get(image.label_key or ""))))
        coarse = teacher_of(truth, len(colors), seed=nth, noise=0.12 + 0.03 * nth)
        logits = Logits(coarse=coarse, height=image.height, width=image.width)
        maps = pixel_maps(logits.full())
        said = pseudo_labels.said_of(answers_in(image, truth) if nth < 2 else bare(image), logits, sieve=0.5)
        prediction, levels = maps.prediction.numpy(), pseudo_labels.entropy_levels(maps.entropy)
        known.append(Known(image.id, prediction, levels, said.labels, said.spoken))
        counted.append((image.id, pseudo_labels.counts(prediction, levels, said, num_classes=len(colors))))
        files = {
            "prediction": write_label_map(prediction, colors),
            "pixel_entropy": pseudo_labels.levels_picture(levels),
            "answers": said.picture(),
        }
        rows += [
            ImageMap(round_id=scene.round_id, image_id=image.id, kind=kind, blob_key=house.blobs.put(data))
            for kind, data in files.items()
            if data is not None
        ]
    summary = pseudo_labels.summary(counted, pseudo_labels.alphas(0.2), num_classes=len(colors))
    key = house.blobs.put(json.dumps(summary).encode())
    with house.database.write() as session:
        session.add_all(rows)
        session.add(
            Job(
                project_id=scene.project_id,
                round_id=scene.round_id,
                kind=JobKind.SCORE_POOL,
                queue=Queue.GPU,
                state=JobState.SUCCEEDED,
                result={"images": len(images), "pseudo_labels": key},
            )
        )
    first = summary["levels"][0]
    known.sort(key=lambda one: -one.dropped(first).sum() / one.open.sum())
    return Inspected(known, summary["levels"], [tuple(bytes.fromhex(color[1:])) for color in colors])


def teacher_of(truth: NDArray[np.uint8], num_classes: int, *, seed: int, noise: float) -> torch.Tensor:
    """Logits at stride 4: mean truth of 8 x 8 pixels, which is unsure at borders, and smooth noise."""
    truth_planes = functional.one_hot(torch.from_numpy(truth.astype(np.int64)), num_classes).permute(2, 0, 1).float()
    seen = functional.avg_pool2d(truth_planes[None], 9, stride=4, padding=4, count_include_pad=False)
    generator = torch.Generator().manual_seed(seed)
    rough = torch.randn(1, num_classes, 8, 10, generator=generator)
    smooth = functional.interpolate(rough, size=seen.shape[-2:], mode="bicubic", align_corners=False)
    return 9 * (seen + noise * smooth)[0]


def bare(image: Image) -> ManifestImage:
    return ManifestImage(
        image_id=image.id, blob_key=image.blob_key, width=image.width, height=image.height, label_key=None, answers=()
    )


def answers_in(image: Image, truth: NDArray[np.uint8]) -> ManifestImage:
    """Three windows drawn, one void, and one named by one click, which is wrong where the teacher is sure."""

    def region(x: int, y: int, labels: NDArray[np.uint8], *, coarse: bool = False) -> AnsweredRegion:
        box = Box(x=x, y=y, width=labels.shape[1], height=labels.shape[0])
        return AnsweredRegion(box=box, mask=np.ones(labels.shape, dtype=bool), label_map=labels, coarse=coarse)

    drawn = [region(x, y, truth[y : y + 33, x : x + 33]) for x, y in ((40, 90), (150, 120), (250, 70))]
    void = region(90, 20, np.full((33, 33), 255, dtype=np.uint8))
    clicked = region(200, 180, np.full((33, 33), (truth[196, 216] + 1) % 11, dtype=np.uint8), coarse=True)
    answers = (*drawn, void, clicked)
    return ManifestImage(
        image_id=image.id, blob_key="", width=image.width, height=image.height, label_key=None, answers=answers
    )


@pytest.fixture
def inspector(enter: Enter, scene: Scene, inspected: Inspected) -> Page:
    page = enter(scene.admin, f"/projects/{scene.slug}/rounds/0/pseudo-labels")
    showing(page, inspected.images[0])
    return page


def pane(page: Page, title: str) -> Locator:
    return page.get_by_role("img", name=title, exact=True)


def showing(page: Page, image: Known) -> None:
    for title in ("Image", "Teacher's label map", "What teaches, and why"):
        expect(pane(page, title)).to_have_attribute("data-shows", image.image_id)


def pixels_of(canvas: Locator) -> NDArray[np.uint8]:
    """An image's pixels as they are on screen, one for one."""
    expect(canvas).to_have_attribute("data-scale", "1")
    left, top = (int(canvas.get_attribute(f"data-{side}") or "") for side in ("left", "top"))
    read = "(canvas, [x, y]) => [...canvas.getContext('2d').getImageData(x, y, 320, 240).data]"
    data = np.array(canvas.evaluate(read, [left, top]), dtype=np.uint8)
    return data.reshape(240, 320, 4)[..., :3]


def test_the_teachers_map_is_in_full_where_it_is_kept_and_hatched_where_not(
    inspector: Page, inspected: Inspected
) -> None:
    image, palette = inspected.images[0], np.array(inspected.colors)
    for step in (0, 10, 20):
        slide_to(inspector, step)
        level = inspected.levels[step]
        dropped = image.dropped(level)
        kept = image.open & ~dropped
        assert kept.any()
        assert bool(dropped.any()) is (step < 20)
        seen = pixels_of(pane(inspector, "Teacher's label map")).astype(int)
        assert (seen[kept] == palette[image.prediction[kept]]).all()
        assert not (seen[dropped] == palette[image.prediction[dropped]]).all(axis=-1).any()
        why = pixels_of(pane(inspector, "What teaches, and why")).astype(int)
        assert (why[kept] == KEPT).all()
        # Stripes: dark, light, and between them at their smooth edges.
        if dropped.any():
            assert (why[dropped].min(), why[dropped].max()) == (HATCH[0], HATCH[1])
        told = image.spoken == 255
        named = told & (image.labels != 255)
        assert (why[named] == palette[image.labels[named]]).all()
        void = told & (image.labels == 255)
        assert set(why[void].ravel().tolist()) <= {0x10, 0xF0}


def test_people_overrule_the_teacher_and_a_contradicted_click_is_left_out(
    inspector: Page, inspected: Inspected
) -> None:
    wanted = next(nth for nth, one in enumerate(inspected.images) if (one.spoken == 128).any())
    for before in inspected.images[:wanted]:
        showing(inspector, before)
        inspector.keyboard.press("ArrowRight")
    image = inspected.images[wanted]
    showing(inspector, image)
    readout = inspector.get_by_test_id("readout")
    for pixels, words in (
        ((image.spoken == 255) & (image.labels == 255), "a person says void"),
        ((image.spoken == 255) & (image.labels != 255), "a person says"),
        (image.spoken == 128, "left out, for the teacher is sure of another class"),
        (image.dropped(inspected.levels[0]), "dropped, for it is above"),
        (image.open & (image.levels <= inspected.levels[0]), "kept, for it is at most"),
    ):
        row, column = np.argwhere(pixels)[0]
        point_at(inspector, "Teacher's label map", int(column), int(row))
        expect(readout).to_contain_text(f"{column}, {row}: the teacher says")
        expect(readout).to_contain_text(words)
        expect(readout).to_contain_text(f"entropy {(image.levels[row, column] / 255) ** 2:.3f}")


def test_the_table_counts_this_image_and_all(inspector: Page, inspected: Inspected) -> None:
    slide_to(inspector, 4)
    level = inspected.levels[4]

    def expected(images: list[Known], class_id: int | None) -> list[str]:
        here = [np.ones_like(i.open) if class_id is None else i.prediction == class_id for i in images]
        count = sum(int(h.sum()) for h in here)
        dropped = sum(int((h & i.dropped(level)).sum()) for h, i in zip(here, images, strict=True))
        spoken = sum(int((h & ~i.open).sum()) for h, i in zip(here, images, strict=True))
        wrong = sum(
            int((h & (i.spoken == 255) & (i.labels != i.prediction)).sum()) for h, i in zip(here, images, strict=True)
        )
        kept = count - dropped - spoken
        return [f"{100 * part / count:.1f}\u202f%" for part in (kept, dropped, spoken, wrong)]

    for scope, images in (("This image", inspected.images[:1]), ("All images", inspected.images)):
        inspector.get_by_text(scope).click()
        for class_id in (0, 1, 3, None):
            row = inspector.get_by_test_id("row-total" if class_id is None else f"row-{class_id}")
            cells = [cell.strip() for cell in row.locator("td, th").all_inner_texts()]
            assert cells[4:8] == expected(images, class_id), (scope, class_id)


def test_the_slider_says_what_is_dropped_and_the_list_stands_still(inspector: Page, inspected: Inspected) -> None:
    images = inspector.get_by_role("navigation", name="Images").get_by_role("button")
    expect(images).to_have_count(4)
    names = images.evaluate_all("all => all.map((one) => one.title)")
    for step, alpha in ((0, 20), (5, 15), (20, 0)):
        slide_to(inspector, step)
        figures = inspector.get_by_test_id("threshold")
        expect(figures).to_contain_text(f"{5 * step}\u202f%")
        expect(figures).to_contain_text(f"{alpha}\u202f%")
        expect(figures).to_contain_text(f"{(inspected.levels[step] / 255) ** 2:.3f}")
        for nth, image in enumerate(inspected.images):
            share = image.dropped(inspected.levels[step]).sum() / image.open.sum()
            expect(images.nth(nth)).to_contain_text(f"{100 * share:.1f}\u202f%")
    assert images.evaluate_all("all => all.map((one) => one.title)") == names


def test_arrow_keys_go_through_the_images_and_the_address_names_one(inspector: Page, inspected: Inspected) -> None:
    for nth in (1, 2, 3, 3):
        inspector.keyboard.press("ArrowRight")
        showing(inspector, inspected.images[nth])
    inspector.keyboard.press("ArrowLeft")
    showing(inspector, inspected.images[2])
    assert inspector.url.endswith(f"?image={inspected.images[2].image_id}")
    inspector.reload()
    showing(inspector, inspected.images[2])
    inspector.keyboard.press("+")
    inspector.keyboard.press("+")
    for title in ("Image", "What teaches, and why"):
        expect(pane(inspector, title)).to_have_attribute("data-scale", "2")
    inspector.keyboard.press("0")
    expect(pane(inspector, "Image")).to_have_attribute("data-scale", "1")


def test_the_project_leads_an_admin_there_and_an_annotator_nowhere(
    enter: Enter, scene: Scene, inspected: Inspected
) -> None:
    page = enter(scene.admin, f"/projects/{scene.slug}")
    page.get_by_role("region", name="The newest round").get_by_role("link", name="Pseudo labels").click()
    showing(page, inspected.images[0])
    page = enter(scene.annotator, f"/projects/{scene.slug}")
    expect(page.get_by_test_id("chain")).to_be_visible()
    expect(page.get_by_role("link", name="pseudo labels")).to_have_count(0)
    page.goto(f"{page.url}/rounds/0/pseudo-labels")
    expect(page.get_by_role("heading", name="This page is for admins")).to_be_visible()
    look(page, "inspector-annotator", fits=True)


def test_a_round_of_before_has_nothing_to_inspect(enter: Enter, scene: Scene) -> None:
    page = enter(scene.admin, f"/projects/{scene.slug}/rounds/0/pseudo-labels")
    expect(page.get_by_role("heading", name="There is nothing to inspect")).to_be_visible()
    look(page, "inspector-none", fits=True)
    page.goto(page.url.replace("rounds/0", "rounds/7"))
    expect(page.get_by_role("heading", name="There is no such round")).to_be_visible()


def test_the_inspector_looks_well(inspector: Page, inspected: Inspected) -> None:
    inspector.mouse.move(5, 300)
    for image in inspector.get_by_role("navigation", name="Images").locator("img").all():
        expect(image).to_have_js_property("complete", value=True)
    inspector.keyboard.press("ArrowRight")
    showing(inspector, inspected.images[1])
    look(inspector, "inspector", sizes=(LARGE, SMALL))


def slide_to(page: Page, step: int) -> None:
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    for _ in range(step):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", str(step))


def point_at(page: Page, title: str, x: int, y: int) -> None:
    canvas = pane(page, title)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    left, top = (float(canvas.get_attribute(f"data-{side}") or "") for side in ("left", "top"))
    page.mouse.move(box["x"] + left + x + 0.5, box["y"] + top + y + 0.5)
