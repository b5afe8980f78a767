"""What holds of every screen, whatever it shows; and its picture, to be looked at by people.

With SHOTS=docs in the environment the pictures of the documents are written anew as well: see `gallery`.
"""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.e2e import gallery
from tests.factories import ROOT

FOLDER = Path(__file__).parent / "screenshots"  # ignored by git
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LARGE, SMALL = (1440, 900), (900, 700)
CONTRAST = 4.5  # WCAG 2.2, 1.4.3, for text of any size

# Colours are read through a canvas, for Chromium names them in several notations.
_LOOK = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = ([r, g, b, a], [R, G, B]) =>
    [[r, R], [g, G], [b, B]].map(([top, below]) => (top * a + below * (255 - a)) / 255);
  const ground = (element) => {
    if (element === null) return [255, 255, 255];
    const color = rgba(getComputedStyle(element).backgroundColor);
    return color[3] === 255 ? color : over(color, ground(element.parentElement));
  };
  const light = (color) => {
    const [r, g, b] = color.map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  const cut = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const words = texts.currentNode.data.trim();
    if (!words || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (element.closest("[disabled], script, style, [data-visually-hidden], .recharts-wrapper")) continue;
    const { width, height } = element.getBoundingClientRect();
    if (width <= 1 || height <= 1) continue;
    const style = getComputedStyle(element);
    const behind = ground(element);
    const [one, other] = [light(over(rgba(style.color), behind)), light(behind)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < MINIMUM) faint.push(`${words.slice(0, 40)} (${ratio.toFixed(2)})`);
    if (style.overflow !== "visible" && element.scrollWidth > element.clientWidth + 1) cut.push(words.slice(0, 40));
  }
  const page = document.documentElement;
  return {
    faint,
    cut,
    beyond: page.scrollWidth - page.clientWidth,
    below: page.scrollHeight - page.clientHeight,
    sizes: [...new Set([...document.querySelectorAll("body *")]
      .filter((one) => one.checkVisibility() && [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
      .map((one) => getComputedStyle(one).fontSize))].sort(),
  };
}""".replace("MINIMUM", str(CONTRAST))

# WCAG 2.2 to level AA, and axe's own good manners. What is minor or moderate among these is left to judgement.
_AXE = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, any, all, none }) =>
      `${id}: ${html.slice(0, 160)} (${[...any, ...all, ...none].map(({ message }) => message).join("; ")})`));
}"""


def barriers(page: Page) -> list[str]:
    """What axe holds to be a serious barrier to people with assistive technology, in the page as it stands."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())  # no script element: the pages' policy is not to be widened for tests
    found: list[str] = page.evaluate(_AXE)
    return found


def look(page: Page, name: str, *, sizes: tuple[tuple[int, int], ...] = (LARGE,), fits: bool = False) -> None:
    """Look at a screen in light and dark, in light in each size; `fits`: nothing of it has to be scrolled to."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in sizes if scheme == "light" else sizes[:1]:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(80)  # the panes measure themselves
            shot = FOLDER / f"{name}-{scheme}-{width}.png"
            page.screenshot(path=shot)
            seen: dict[str, Any] = page.evaluate(_LOOK)
            where = f"{name}, {scheme}, {width} x {height}"
            assert seen["beyond"] <= 0, f"{where}: scrolls sideways by {seen['beyond']} px"
            assert not fits or seen["below"] <= 0, f"{where}: {seen['below']} px lie below the window"
            assert not seen["faint"], f"{where}: contrast below {CONTRAST}: {seen['faint']}"
            assert not seen["cut"], f"{where}: cut off: {seen['cut']}"
            found = barriers(page)
            assert not found, f"{where}: barriers: {found}"
            assert set(seen["sizes"]) <= {"12px", "14px", "20px"}, f"{where}: type of {seen['sizes']}"
            if gallery.is_wanted():
                gallery.keep(shot)
