"""Make `demo/pack`: a small source and target domain out of procedurally rendered streets.

The streets are split into three disjoint groups: source train, target train (the pool) and target val. Source images
are only made smaller. Target images also go through a cheap camera at dusk and in fog, in the order of the physics:

    haze -> dusk (exposure, colour cast, desaturation) -> vignette -> lens blur -> sensor noise -> tone curve -> JPEG

All but the last two work in linear light. A street is one camera drive: its strengths are drawn once by seed, and every
image of it varies a little around them. Geometry is never touched, so the labels stay exact.

    python -m demo.make_pack --source ../shared/data/source_synth --out demo/pack
"""

import argparse
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, fields
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats: TypeAlias = NDArray[np.float64]
Bytes: TypeAlias = NDArray[np.uint8]

SIZE = (320, 240)
QUALITY = 88
SEED = 2024
VIEWS = 3  # of each street; more streets teach more than a fourth view
GROUPS = {"source/train": 40, "target/train": 30, "target/val": 15}  # streets
CLASSES = {
    "sky": (128, 128, 128),
    "building": (128, 0, 0),
    "pole": (192, 192, 128),
    "road": (128, 64, 128),
    "pavement": (60, 40, 222),
    "tree": (128, 128, 0),
    "sign_symbol": (192, 128, 128),
    "fence": (64, 64, 128),
    "car": (64, 0, 128),
    "pedestrian": (64, 64, 0),
    "bicyclist": (0, 128, 192),
}
LUMA = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True)
class Camera:
    """How one image is spoilt. RANGES holds the limits."""

    fog: float  # share of light that the haze replaces at the horizon
    horizon: float  # row of the densest haze, as a share of the height
    exposure: float  # mean linear light that the camera's meter aims at
    warmth: float  # colour cast: +1 sodium lamps, -1 blue hour
    saturation: float
    vignette: float  # light lost in the corners
    blur: float  # radius in pixels
    shot: float  # noise variance per unit of signal
    read: float  # noise deviation in the dark
    gamma: float  # of the camera's tone curve; sRGB is about 2.2, less is darker
    black: float  # flare: how far black is lifted
    jpeg: float  # quality


RANGES: dict[str, tuple[float, float]] = {  # of every strength: low, high
    "fog": (0.3, 0.72),
    "horizon": (0.42, 0.5),
    "exposure": (0.085, 0.19),
    "warmth": (-0.8, 0.9),
    "saturation": (0.5, 0.85),
    "vignette": (0.25, 0.55),
    "blur": (0.5, 1.1),
    "shot": (0.0004, 0.0018),
    "read": (0.003, 0.008),
    "gamma": (1.9, 2.3),
    "black": (0.0, 0.04),
    "jpeg": (38, 65),
}
JITTER = 0.06  # of each range, one deviation


def street_of(stem: str) -> str:
    return stem.split("_", maxsplit=1)[0]


def camera_of(stem: str, seed: int = SEED) -> Camera:
    """The camera of one image: its street's drive, with a little jitter of its own."""
    street, view = stem.removeprefix("s").split("_")
    drive = np.random.default_rng([seed, int(street)])
    shake = np.random.default_rng([seed, int(street), int(view)])
    values = {}
    for field in fields(Camera):
        low, high = RANGES[field.name]
        value = drive.uniform(low, high) + shake.normal(0, JITTER) * (high - low)
        values[field.name] = float(np.clip(value, low, high))
    return Camera(**values)


def haze(light: Floats, density: float, horizon: float) -> Floats:
    """Fog without a depth map: thickest at the horizon, thin on the near road, and thicker where the image is bright.

    Below the horizon, the row stands for distance (a flat street). Above it stand sky, roofs and trees at any distance:
    there the smoothed luminance tells far and bright from near and dark.
    """
    rows = (np.arange(light.shape[0]) + 0.5) / light.shape[0] - horizon
    thick = np.where(rows > 0, np.exp(-rows / 0.16), np.exp(rows / 0.6))[:, None]
    luma = blur((light @ LUMA)[..., None], 6.0)[..., 0]
    airlight = np.quantile(luma, 0.9)
    mix = density * thick * (0.7 + 0.3 * np.clip(luma / airlight, 0, 1))
    return light * (1 - mix[..., None]) + 0.85 * airlight * mix[..., None]


def dusk(light: Floats, exposure: float, warmth: float, saturation: float) -> Floats:
    """Little light, faded colours and a cast, orange or blue; the meter makes up for most of a dark street."""
    grey = (light @ LUMA)[..., None]
    exposure /= 0.2 * (grey.mean() / 0.2) ** 0.85
    cast = np.exp(warmth * np.array([0.38, 0.02, -0.5]))
    return exposure * cast * (grey + saturation * (light - grey))


def vignette(light: Floats, strength: float) -> Floats:
    height, width = light.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return light * (1 - strength * ((x * x + y * y) / 2) ** 1.2)[..., None]


def blur(light: Floats, radius: float) -> Floats:
    """A separable Gaussian with mirrored borders."""
    reach = max(1, int(np.ceil(3 * radius)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / radius) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        pad = [(reach, reach) if a == axis else (0, 0) for a in range(light.ndim)]
        padded = np.pad(light, pad, mode="symmetric")
        size = light.shape[axis]
        light = sum(
            (weight * padded.take(range(i, i + size), axis=axis) for i, weight in enumerate(kernel)),
            start=np.zeros_like(light),
        )
    return light


def sense(light: Floats, shot: float, read: float, rng: np.random.Generator) -> Floats:
    """Shot noise grows with the signal, read noise does not; part of the grain is shared by the colours."""
    deviation = np.sqrt(shot * np.maximum(light, 0) + read**2)
    grain = 0.75 * rng.standard_normal((*light.shape[:2], 1)) + 0.66 * rng.standard_normal(light.shape)
    return light + deviation * blur(grain, 0.45)  # demosaicking smears the grain a little


def tone(light: Floats, gamma: float, black: float) -> Bytes:
    encoded = np.clip(light, 0, 1) ** (1 / gamma)
    return np.round(255 * (black + (1 - black) * encoded)).astype(np.uint8)


def compress(image: Bytes, quality: int) -> Bytes:
    buffer = BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    return np.asarray(Image.open(buffer))


def shoot(image: Bytes, camera: Camera, rng: np.random.Generator) -> Bytes:
    """The image as the dusk camera sees it."""
    light = (image / 255.0) ** 2.2
    light = haze(light, camera.fog, camera.horizon)
    light = dusk(light, camera.exposure, camera.warmth, camera.saturation)
    light = vignette(light, camera.vignette)
    light = blur(light, camera.blur)
    light = sense(light, camera.shot, camera.read, rng)
    return compress(tone(light, camera.gamma, camera.black), round(camera.jpeg))


def split(streets: Iterable[str], seed: int = SEED) -> dict[str, list[str]]:
    """Disjoint groups of streets, drawn by seed."""
    order = [str(s) for s in np.random.default_rng(seed).permutation(sorted(set(streets)))]
    groups = {}
    for name, count in GROUPS.items():
        groups[name], order = sorted(order[:count]), order[count:]
    return groups


def make_pair(source: Path, out: Path, group: str, stem: str) -> None:
    """Write one image and its label; `group` is such as `target/val`."""
    domain, part = group.split("/")
    with Image.open(source / f"images/train/{stem}.jpg") as picture:
        image = np.asarray(picture.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS))
    if domain == "target":
        rng = np.random.default_rng([SEED, *map(int, stem.removeprefix("s").split("_")), 1])
        image = shoot(image, camera_of(stem), rng)
    with Image.open(source / f"labels/train/{stem}.png") as picture:
        label = picture.resize(SIZE, Image.Resampling.NEAREST)
    label.putpalette([v for colour in CLASSES.values() for v in colour])
    for kind in ("images", "labels"):
        (out / domain / kind / part).mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(out / domain / "images" / part / f"{stem}.jpg", quality=QUALITY, optimize=True)
    label.save(out / domain / "labels" / part / f"{stem}.png", optimize=True)


def make(source: Path, out: Path, only: Iterable[str] | None = None) -> None:
    """Make the pack anew in `out`; `only` keeps the stems named, for a quick check."""
    stems = sorted(p.stem for p in (source / "images/train").glob("*.jpg"))
    for old in ("source", "target"):
        shutil.rmtree(out / old, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    classes = [{"class_id": i, "name": n, "color": f"#{bytes(c).hex()}"} for i, (n, c) in enumerate(CLASSES.items())]
    (out / "classes.json").write_text(json.dumps({"name": "Rendered streets", "classes": classes}, indent=1) + "\n")
    for group, streets in split(map(street_of, stems)).items():
        for street in streets:
            for stem in [s for s in stems if street_of(s) == street][:VIEWS]:
                if only is None or stem in set(only):
                    make_pair(source, out, group, stem)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    make(args.source, args.out)
