"""Places that tests share: an invented hospital of two departments and its landing folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from medcd_platform.hospital.key import write_key

PROJECT = Path(__file__).parents[1]
# Real public data beside the checkout, where there are any.
SHARED_DATA = PROJECT.parent / "shared" / "data"

HOSPITAL = """
name: {en: "Test", zh: "测试"}
source: tiny
landing: landing
lake: lake
first_month: 2024-01
last_month: 2024-02
departments:
  - {code: cardiology, number: "03.04", zh: 心血管内科, en: Cardiology}
  - {code: neurology, number: "03.03", zh: 神经内科, en: Neurology}
"""


# Its source: the smallest that takes all tables in.
TINY_SOURCES = Path(__file__).parent / "end_to_end" / "sources"


@pytest.fixture
def hospital_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a hospital with a source and a key that the environment names; its lake is empty, in `lake`."""
    (tmp_path / "hospital.yaml").write_text(HOSPITAL, encoding="utf-8")
    (tmp_path / "sources").symlink_to(TINY_SOURCES)
    write_key(tmp_path / "key", demo=True)
    monkeypatch.setenv("MEDCD_HOSPITAL", str(tmp_path / "hospital.yaml"))
    monkeypatch.setenv("MEDCD_KEY_FILE", str(tmp_path / "key"))
    # Set, so that it is restored when the test ends: the option --lake sets what it stands for.
    monkeypatch.setenv("MEDCD_LAKE", str(tmp_path / "lake"))
    for name in ("MEDCD_SOURCE", "MEDCD_LANDING"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def hospital_file(tmp_path: Path) -> Path:
    """A valid hospital.yaml."""
    path = tmp_path / "hospital.yaml"
    path.write_text(HOSPITAL, encoding="utf-8")
    return path
