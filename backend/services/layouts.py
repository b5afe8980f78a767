"""Which files of a folder are the images and labels of which split, by the layout that a dataset comes in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from backend.domain.dataset_formats import DATASETS, ENCODINGS, DatasetFormat, LabelEncoding
from backend.domain.errors import InvalidInput
from backend.domain.vocabulary import Domain, Split

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"})
#: Cityscapes' test split has dummy labels, all void; evaluated on, it would stand for val.
CITYSCAPES_SPLITS = (Split.TRAIN, Split.VAL)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One image file and, where there is one, its label file.

    Attributes:
        group: of images that are like each other, such as those of one city.
        encoding: of the label file.
    """

    image: Path
    label: Path | None
    domain: Domain
    split: Split
    group: str | None
    encoding: LabelEncoding


def list_entries(
    root: Path,
    *,
    dataset_format: DatasetFormat | None,
    domain: Domain | None,
    splits: frozenset[Split] | None = None,
    limit: int | None = None,
) -> list[Entry]:
    """The images below `root`, by domain, split and name.

    Args:
        root: the folder.
        dataset_format: which layout it has; None: the one of docs/formats.md.
        domain: only this one; what a dataset is taken as.
        splits: only these; None: all that are there.
        limit: at most so many a split: the first by name; of datasets, spread evenly over the names, since neighbours
            are frames of one drive.

    Raises:
        InvalidInput: no such folder, or nothing in it that looks like the layout.
    """
    if not root.is_dir():
        raise InvalidInput(f"The worker sees no folder at {root}.", path=str(root))
    if dataset_format is None:
        found = [entry for folder, of in _domain_folders(root, domain) for entry in _entries(folder, of, splits, limit)]
        expected = (
            "<domain>/images/<split>/ with domain folders named source… and target…, or one such domain folder "
            "together with its domain"
        )
    else:
        if domain is None:
            raise InvalidInput("A dataset is of one domain: say which, source or target.")
        found = [
            entry
            for split in Split
            if splits is None or split in splits
            for entry in spread(list(_dataset(root, dataset_format, domain, split)), limit)
        ]
        expected = f"{DATASETS[dataset_format].layout}, as {DATASETS[dataset_format].title} has"
    if not found:
        raise InvalidInput(f"No images found below {root}. Expected {expected}.", path=str(root))
    return found


def spread(items: Sequence[T], limit: int | None) -> list[T]:
    """At most `limit` of them, spread evenly."""
    if limit is None or limit >= len(items):
        return list(items)
    return [items[index * len(items) // limit] for index in range(limit)]


def _domain_folders(root: Path, domain: Domain | None) -> Iterator[tuple[Path, Domain]]:
    if (root / "images").is_dir():
        if domain is None:
            raise InvalidInput(f"{root} is one domain's folder; say which domain it is.", path=str(root))
        yield root, domain
        return
    for folder in sorted(root.iterdir()):
        for one in Domain:
            if folder.is_dir() and folder.name.startswith(one.value) and domain in (None, one):
                yield folder, one


def _entries(folder: Path, domain: Domain, splits: frozenset[Split] | None, limit: int | None) -> Iterator[Entry]:
    for split in Split:
        if splits is not None and split not in splits:
            continue
        files = [path for path in (folder / "images" / split.value).glob("*") if path.suffix.lower() in SUFFIXES]
        for path in sorted(files)[:limit]:
            label = folder / "labels" / split.value / f"{path.stem}.png"
            yield Entry(
                image=path,
                label=label if label.is_file() else None,
                domain=domain,
                split=split,
                group=path.stem.split("_")[0],
                encoding=LabelEncoding.CLASS_IDS,
            )


def _dataset(root: Path, dataset_format: DatasetFormat, domain: Domain, split: Split) -> Iterator[Entry]:
    """A dataset's images of one split, by name."""
    match dataset_format:
        case DatasetFormat.CITYSCAPES if split in CITYSCAPES_SPLITS:
            yield from _cityscapes(root, domain, split)
        case DatasetFormat.GTAV if split is Split.TRAIN:
            yield from _pairs(root / "images", root / "labels", domain, ENCODINGS[dataset_format])
        case DatasetFormat.SYNTHIA if split is Split.TRAIN:
            yield from _pairs(root / "RGB", root / "GT" / "LABELS", domain, ENCODINGS[dataset_format])
        case _:
            return


def _cityscapes(root: Path, domain: Domain, split: Split) -> Iterator[Entry]:
    ending = "_leftImg8bit.png"
    for image in sorted((root / "leftImg8bit" / split.value).glob(f"*/*{ending}")):
        city = image.parent.name
        stem = root / "gtFine" / split.value / city / image.name.removesuffix(ending)
        files = {
            LabelEncoding.LABEL_IDS: stem.with_name(f"{stem.name}_gtFine_labelIds.png"),
            LabelEncoding.TRAIN_IDS: stem.with_name(f"{stem.name}_gtFine_labelTrainIds.png"),
        }
        encoding = next((one for one, file in files.items() if file.is_file()), None)
        yield Entry(
            image=image,
            label=None if encoding is None else files[encoding],
            domain=domain,
            split=split,
            group=city,
            encoding=encoding or LabelEncoding.LABEL_IDS,
        )


def _pairs(images: Path, labels: Path, domain: Domain, encoding: LabelEncoding) -> Iterator[Entry]:
    """Images that have a label file of the same name; what has none cannot teach."""
    for image in sorted(images.glob("*.png")):
        label = labels / image.name
        if label.is_file():
            yield Entry(image=image, label=label, domain=domain, split=Split.TRAIN, group=None, encoding=encoding)
