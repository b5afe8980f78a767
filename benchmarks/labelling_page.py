"""The labelling page in Chromium: from a key to the next region, strokes, first load, memory of a long day.

Run as `python -m benchmarks.labelling_page [--quick] [--out FILE]`, with the app built (`make frontend`). A real API
process serves it; `labelling_page_hook.js` measures from outside.
"""

import asyncio
import math
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, CDPSession, Page, async_playwright

from backend.db.migrate import upgrade
from backend.db.session import Database, open_database
from backend.db.tables import Answer, Member, Query
from backend.domain.round_config import Unit
from backend.domain.vocabulary import UserRole
from backend.services import auth
from backend.storage import open_store
from benchmarks.far_away import far_away
from benchmarks.harness import Result, arguments, metadata, report
from tests.factories import PACK, ROOT, Person, Scene, labelling_scene, person, serve, settings_for

DEBIANS = Path("/usr/bin/chromium")
CHROMIUM = os.environ.get("CHROMIUM") or (str(DEBIANS) if DEBIANS.exists() else None)  # None: Playwright's own
ONE_WAY = 0.025  # s; the server is 50 ms away
PACE = 1 / 3  # s between keys of somebody fast
HERTZ = 120
PATIENCE = 180  # s, until the service has all answers
SCRIPT_LIMIT, KEY_LIMIT = 300_000, 100.0  # bytes, ms
HOOK = Path(__file__).with_name("labelling_page_hook.js")
SPLIT = "b"  # the key that begins a split
STRANGE_CLASS = "class-10"  # of which the picture to be painted has none, so that paint shows


@dataclass(frozen=True, slots=True)
class Place:
    """A running API, with a round of many windows and one whole image."""

    url: str
    database: Database
    windows: Scene
    image: Scene
    second: Person

    def answers(self, who: Person) -> int:
        with self.database.read() as session:
            return session.query(Answer).filter_by(user_id=who.user_id).count()

    def session_of(self, who: Person) -> str:
        with self.database.write() as session:
            return auth.issue(session, who.user_id, kind="session", life=timedelta(hours=1)).text


@contextmanager
def place(num_queries: int) -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder) / "dist"
        shutil.copytree(ROOT / "frontend" / "dist", app)  # a build in the meantime is no concern of a run
        settings = settings_for(Path(folder) / "data", frontend_dir=app)
        settings.data_dir.mkdir()
        upgrade(settings.database)
        database, blobs = open_database(settings.database), open_store(settings.storage, settings.storage_options)
        pool = len(list((PACK / "target" / "images" / "train").iterdir()))
        target = min(pool, math.ceil(num_queries / 20))
        windows = labelling_scene(
            database, blobs, slug="windows", num_queries=num_queries, source=0, target=target, val=0
        )
        image = labelling_scene(database, blobs, slug="image", num_queries=1, source=0, target=1, val=0)
        second = person(database, "second@localhost", role=UserRole.ANNOTATOR)
        with database.write() as session:
            session.add(Member(project_id=windows.project_id, user_id=second.user_id))
            query = session.get_one(Query, image.query_ids[0])
            query.x = query.y = 0
            query.width, query.height, query.pixels, query.unit = 320, 240, 320 * 240, Unit.IMAGE
            query.suggestion = query.suggestion | {"label_map": None}
        with serve(settings) as url:
            yield Place(url, database, windows, image, second)
        database.engine.dispose()


@asynccontextmanager
async def labelling(browser: Browser, url: str, here: Place, who: Person) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    await context.add_init_script(path=HOOK)
    await context.add_cookies([{"name": "stal_session", "value": here.session_of(who), "url": url}])
    page = await context.new_page()
    yield page
    await context.close()


async def opened(page: Page, url: str, slug: str) -> None:
    await page.goto(f"{url}/projects/{slug}/label")
    await page.wait_for_selector('[data-testid="close-up"][data-shows]:not([data-shows=""])')


async def press(page: Page, nth: int) -> None:
    """The `nth` key on the page, from 1 on; ends when the next region is on screen."""
    key = str(1 + nth % 9)
    await page.keyboard.down(key)
    await page.evaluate("count => bench.until(count)", nth)
    await page.keyboard.up(key)


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1)]


async def key_to_region(browser: Browser, here: Place, *, count: int) -> list[Result]:
    """Through the proxy. The baseline, a crop fetched now, is taken between the keys at a person's pace."""
    results = []
    with far_away(int(here.url.rpartition(":")[2]), one_way=ONE_WAY) as port:
        url = f"http://127.0.0.1:{port}"
        async with labelling(browser, url, here, here.windows.annotator) as page:
            await opened(page, url, "windows")
            await page.wait_for_timeout(1_000)  # a person looks first; meanwhile the crops come
            fetches: list[float] = []
            for nth in range(1, count + 1):
                started = time.monotonic()
                await press(page, nth)
                if nth % 4 == 0:
                    fetches.append(await page.evaluate("bench.fetchOne()"))
                await asyncio.sleep(max(0, PACE - (time.monotonic() - started)))
            started = time.monotonic()
            for nth in range(count + 1, 2 * count + 1):
                await press(page, nth)
            pace = count / (time.monotonic() - started)
            keys: list[float] = await page.evaluate("bench.keys")
    for name, ours in (("3 a second", keys[:count]), (f"as fast as it goes ({pace:.0f} a second)", keys[count:])):
        results += [
            beside(f"key to next region, {name}, {which}", statistic(ours), statistic(fetches))
            for which, statistic in STATISTICS.items()
        ]
        late = sum(ms > KEY_LIMIT for ms in ours)
        results.append(Result(f"key to next region, {name}, over {KEY_LIMIT:.0f} ms", late, None, None, f"of {count}"))
    return results


STATISTICS = {"p50": statistics.median, "p95": lambda values: percentile(values, 0.95), "max": max}


def beside(name: str, ours: float, baseline: float, unit: str = "ms") -> Result:
    return Result(name, ours, baseline, baseline / ours, unit)


async def strokes(browser: Browser, here: Place, *, seconds: float) -> list[Result]:
    """A whole image of 320 x 240 under a brush, and a mouse of 120 Hz."""
    async with labelling(browser, here.url, here, here.image.annotator) as page:
        await opened(page, here.url, "image")
        mouse = await page.context.new_cdp_session(page)
        await mouse.send("Performance.enable")
        await page.keyboard.press(SPLIT)
        await page.get_by_test_id(STRANGE_CLASS).click()
        box = await page.get_by_test_id("close-up").bounding_box()
        assert box is not None
        middle, side = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), min(box["width"], box["height"])
        scribble = [
            (middle[0] + 0.35 * side * math.sin(0.031 * step), middle[1] + 0.35 * side * math.sin(0.047 * step))
            for step in range(int(seconds * HERTZ))
        ]
        await drawn(mouse, scribble[:HERTZ], hertz=HERTZ)  # warm
        await page.evaluate("bench.frames.length = 0")
        before = await busy(mouse)
        await drawn(mouse, scribble, hertz=HERTZ)
        spent = await busy(mouse) - before
        frames = await page.evaluate("bench.frames")
        await page.keyboard.press("Control+z")
        await page.keyboard.press("Control+z")
        await page.evaluate("bench.checksPixels = true")
        line = [(middle[0] - 0.35 * side + 0.03 * side * step, middle[1]) for step in range(24)]
        await drawn(mouse, line, hertz=15)
        painted: list[bool] = await page.evaluate("bench.painted")
    scripts = [frame["script"] for frame in frames]
    moves = sum(frame["moves"] for frame in frames)
    each = [frame["script"] / frame["moves"] for frame in frames]
    return [
        Result("stroke, main thread a move of the mouse, mean", 1000 * spent / len(scribble), None, None, "ms"),
        Result("stroke, script a move of the mouse, p95", percentile(each, 0.95), None, None, "ms"),
        Result("stroke, script of a frame, p50", statistics.median(scripts), None, None, "ms"),
        Result("stroke, script of a frame, p95", percentile(scripts, 0.95), None, None, "ms"),
        Result("stroke, script of a frame, max", max(scripts), None, None, "ms"),
        Result("stroke, moves that reached the page", moves, len(scribble), None, f"in {len(frames)} frames"),
        Result("stroke, moves painted in their own frame", sum(painted), len(painted), None, "moves"),
    ]


async def drawn(mouse: CDPSession, points: Sequence[tuple[float, float]], *, hertz: int) -> None:
    """With the button held: a point at each beat, whether the page is done with the last one or not."""

    def event(kind: str, at: tuple[float, float], *, held: bool = True) -> asyncio.Task[object]:
        # To Chromium a move that names a button is one with the button held, whatever `buttons` says.
        button = "none" if kind == "mouseMoved" and not held else "left"
        details = {"type": kind, "x": at[0], "y": at[1], "button": button, "buttons": int(held), "clickCount": 1}
        return asyncio.ensure_future(mouse.send("Input.dispatchMouseEvent", details))

    await event("mouseMoved", points[0], held=False)
    await event("mousePressed", points[0])
    began = time.monotonic()
    sent = []
    for nth, point in enumerate(points[1:]):
        await asyncio.sleep(max(0, began + nth / hertz - time.monotonic()))
        sent.append(event("mouseMoved", point))
    await asyncio.gather(*sent)
    await asyncio.sleep(0.1)
    await event("mouseReleased", points[-1], held=False)


async def busy(session: CDPSession) -> float:
    """Seconds that the main thread has worked."""
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


async def first_load(browser: Browser, here: Place) -> list[Result]:
    """Bytes on the wire of what the page needs to be there, as the API sends them."""
    async with labelling(browser, here.url, here, here.windows.admin) as page:
        network = await page.context.new_cdp_session(page)
        await network.send("Network.enable")
        asked: dict[str, tuple[str, str, str]] = {}
        sizes: dict[str, float] = {}

        def answered(event: dict) -> None:
            response = event["response"]
            headers = {name.lower(): value for name, value in response["headers"].items()}
            name = response["url"].rpartition("/")[2]
            asked[event["requestId"]] = (event["type"], name, headers.get("content-encoding", "not compressed"))

        network.on("Network.responseReceived", answered)
        network.on(
            "Network.loadingFinished",
            lambda event: sizes.__setitem__(event["requestId"], event["encodedDataLength"]),
        )
        await opened(page, here.url, "windows")
        await page.wait_for_timeout(500)
    loaded = sorted(((sizes.get(which, 0), *what) for which, what in asked.items()), reverse=True)
    scripts = [(size, f"{name}, {encoding}") for size, kind, name, encoding in loaded if kind == "Script"]
    styles = sum(size for size, kind, *_ in loaded if kind == "Stylesheet")
    fonts = sum(size for size, kind, *_ in loaded if kind == "Font")
    return [
        beside("first load, all scripts, beside the limit", sum(size for size, _ in scripts), SCRIPT_LIMIT, "bytes"),
        *(Result(f"first load, {name}", size, None, None, "bytes") for size, name in scripts),
        Result("first load, styles", styles, None, None, "bytes"),
        Result("first load, fonts", fonts, None, None, "bytes"),
    ]


async def long_day(browser: Browser, here: Place, *, count: int, warm_up: int) -> list[Result]:
    """Many answers in one tab: what stays in memory, and whether the database has each."""
    async with labelling(browser, here.url, here, here.second) as page:
        await opened(page, here.url, "windows")
        tab = await page.context.new_cdp_session(page)
        for nth in range(1, warm_up + 1):
            await press(page, nth)
        await all_sent(page, here, warm_up)
        begin = await kept(tab)
        started = time.monotonic()
        for nth in range(warm_up + 1, count + 1):
            await press(page, nth)
        ended = time.monotonic()
        behind = await all_sent(page, here, count) - ended
        end = await kept(tab)
    pace = (count - warm_up) / (ended - started)
    after = f"after {count} answers, beside {warm_up}"
    return [
        *(Result(f"{what}, {after}", end[what], begin[what], begin[what] / end[what], unit) for what, unit in KEPT),
        Result(f"{pace:.0f} answers a second, the last one is there after", behind, None, None, "s"),
        Result("answers in the database, beside those given", here.answers(here.second), count, None, "answers"),
    ]


async def all_sent(page: Page, here: Place, count: int) -> float:
    """When the database has them all, by the monotonic clock; what waits to be sent is memory of its own."""
    patience = time.monotonic() + PATIENCE
    while here.answers(here.second) < count and time.monotonic() < patience:
        await page.wait_for_timeout(200)
    there = time.monotonic()
    await page.wait_for_timeout(1_000)
    return there


KEPT = (("heap", "MB"), ("nodes", "nodes"), ("listeners", "listeners"), ("bitmaps", "bitmaps"))


async def kept(tab: CDPSession) -> dict[str, float]:
    for _ in range(2):  # finalizers of the first collection free what the second one finds
        await tab.send("HeapProfiler.collectGarbage")
    prototype = await tab.send("Runtime.evaluate", {"expression": "ImageBitmap.prototype"})
    objects = await tab.send("Runtime.queryObjects", {"prototypeObjectId": prototype["result"]["objectId"]})
    counted = {"objectId": objects["objects"]["objectId"], "functionDeclaration": "function() { return this.length }"}
    bitmaps = (await tab.send("Runtime.callFunctionOn", counted))["result"]["value"]
    await tab.send("Runtime.releaseObject", {"objectId": objects["objects"]["objectId"]})
    heap = (await tab.send("Runtime.getHeapUsage"))["usedSize"] / 1e6
    dom = await tab.send("Memory.getDOMCounters")
    return {"heap": heap, "nodes": dom["nodes"], "listeners": dom["jsEventListeners"], "bitmaps": bitmaps}


async def run(*, quick: bool) -> tuple[list[Result], str]:
    keys, (count, warm_up) = (24, (80, 40)) if quick else (200, (2000, 200))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with place(num_queries=2 * keys + count + 60) as here:
            results = await first_load(browser, here)
            results += await key_to_region(browser, here, count=keys)
            results += await strokes(browser, here, seconds=1 if quick else 5)
            results += await long_day(browser, here, count=count, warm_up=warm_up)
        version = browser.version
        await browser.close()
    return results, version


def main() -> None:
    options = arguments(__doc__)
    conditions = metadata()
    results, version = asyncio.run(run(quick=options.quick))
    away = {"chromium": version, "round_trip_ms": 2000 * ONE_WAY, "quick": options.quick}
    report(results, conditions=conditions | away, out=options.out)
    if options.out is not None:
        options.out.with_suffix(".md").write_text(as_markdown(results, conditions | away))


def as_markdown(results: Sequence[Result], conditions: dict[str, Any]) -> str:
    told = ", ".join(f"{name} {conditions[name]}" for name in ("utc", "commit", "cpu", "chromium", "load_average"))
    rows = [
        f"| {one.name} | {one.ours:.4g} | {_or_dash(one.baseline)} | {_or_dash(one.ratio)} | {one.unit} |"
        for one in results
    ]
    head = ["| what | ours | baseline | ratio | unit |", "| --- | --- | --- | --- | --- |"]
    return "\n".join(["# The labelling page", "", told, "", *head, *rows, ""])


def _or_dash(number: float | None) -> str:
    return "-" if number is None else f"{number:.4g}"


if __name__ == "__main__":
    main()
