"""`medcd deid report`: what it cites, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from medcd_platform.contracts.errors import PlainError
from medcd_platform.deid_cli import app
from medcd_platform.hospital.key import read_key
from medcd_platform.lake.store import Lake
from tests.deid.review.lake import NAMES, fill


@pytest.fixture
def root(hospital_at_work: Path) -> Path:
    """A hospital of two departments, with a key, whose notes of January are published."""
    fill(Lake(hospital_at_work / "lake"), read_key(hospital_at_work / "key", demo_allowed=True))
    return hospital_at_work


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["report", "--out", str(root / "report.html"), *arguments])


@pytest.mark.parametrize(("lang", "articles"), [("zh", 1), ("en", 1), ("both", 2)])
def test_a_report_is_written_without_anybody_in_it(root: Path, lang: str, articles: int) -> None:
    result = run(root, "--lang", lang)
    assert result.exit_code == 0, result.output
    said = (root / "report.html").read_text(encoding="utf-8")
    assert said.count("<article") == articles
    assert not any(word in said for word in (*NAMES.values(), "秋水", "MRN-", str(root)))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--lang", "fr"), "there is no such choice"),
        (("--release", "2024.01.1"), "is not published"),
        (("--evaluation", "nothing.json"), r"nothing\.json"),
    ],
)
def test_what_is_not_there_is_refused(root: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(root, *arguments)
    assert isinstance(result.exception, PlainError)
    with pytest.raises(PlainError, match=said):
        raise result.exception
    assert not (root / "report.html").exists()


def test_a_missing_key_is_said_and_no_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEDCD_KEY_FILE")
    assert run(root, "--lang", "en").exit_code == 0
    assert "none given; not compared" in (root / "report.html").read_text(encoding="utf-8")
