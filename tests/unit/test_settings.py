"""The example of an environment file tells every setting there is, with its unit and its default."""

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from backend.config import Settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def test_the_example_names_every_setting_with_unit_and_default():
    told = dict(re.findall(r"^#STAL_([A-Z_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))
    assert set(told) == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        assert f"# {field.description}\n#STAL_{name.upper()}=" in EXAMPLE.read_text()
        default = field.get_default(call_default_factory=True)
        if name == "frontend_dir":
            assert default == EXAMPLE.parent / told[name.upper()]
        elif isinstance(default, dict | bool):
            assert told[name.upper()] == json.dumps(default)
        else:
            assert told[name.upper()] == ("" if default is None else str(default))


def test_an_unknown_setting_in_the_file_is_an_error_and_other_programs_variables_are_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=x\nSTAL_LEASE_SECONDS=7\n")
    assert Settings().lease_seconds == 7
    (tmp_path / ".env").write_text("STAL_LEASE_SECOND=7\n")
    with pytest.raises(ValidationError, match=r"lease_second\n.*not permitted"):
        Settings()
