"""The pictures in docs/screens are those of the screens that the browser tests look at."""

from tests.e2e import gallery

RENEW = "run SHOTS=docs make test, and delete the pictures of screens that are no more"


def test_every_screen_has_its_pictures_and_every_picture_its_screen() -> None:
    assert gallery.pictures() == gallery.looked_at(), RENEW


def test_the_index_shows_them_all() -> None:
    assert (gallery.SCREENS / "README.md").read_text() == gallery.index(gallery.looked_at()), RENEW


def test_no_picture_is_heavy() -> None:
    heavy = [path.name for path in gallery.SCREENS.glob("*.webp") if path.stat().st_size > gallery.HEAVY]
    assert not heavy
