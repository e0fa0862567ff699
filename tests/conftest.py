"""Places that tests share: an invented hospital of two departments and its landing folder."""

from __future__ import annotations

from pathlib import Path

import pytest

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


@pytest.fixture
def hospital_file(tmp_path: Path) -> Path:
    """A valid hospital.yaml."""
    path = tmp_path / "hospital.yaml"
    path.write_text(HOSPITAL, encoding="utf-8")
    return path
