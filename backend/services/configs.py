"""Round configurations between JSON and values."""

from dataclasses import asdict
from typing import Any, Final

from pydantic import TypeAdapter

from backend.domain.round_config import RoundConfig

_CONFIG: Final = TypeAdapter(RoundConfig)


def to_json(config: RoundConfig) -> dict[str, Any]:
    return asdict(config)


def from_json(data: dict[str, Any]) -> RoundConfig:
    """The configuration that `to_json` has written; what a newer version has added takes its default."""
    return _CONFIG.validate_python(data)
