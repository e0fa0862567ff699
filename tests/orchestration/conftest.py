"""A place whose lake is filled by hand: empty tables under certificates of one's own choice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from medcd_platform.contracts import Table
from medcd_platform.lake.certificate import Certificate
from medcd_platform.lake.partition import Partition
from medcd_platform.orchestration.resources import HospitalResource, code_version, hospital_resource

NOW = "2026-01-01T00:00:00+00:00"


class Place:
    """The resource, and a hand that publishes."""

    def __init__(self, resource: HospitalResource) -> None:
        self.resource, self.lake = resource, resource.lake

    def publish(self, table: Table, partition: Partition, inputs: Mapping[str, str] | None = None) -> Certificate:
        staged = self.lake.stage(table, partition, table.empty())
        draft = Certificate(table.name, partition.key, 0, "", table.name, (), code_version(), dict(inputs or {}), NOW)
        return self.lake.publish(table, partition, staged, draft)


@pytest.fixture
def place(hospital_file: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Two departments, two months, two shards; nothing is published."""
    hospital_file.write_text(hospital_file.read_text() + "patient_shards: 2\n")
    monkeypatch.setenv("MEDCD_HOSPITAL", str(hospital_file))
    for name in ("MEDCD_LAKE", "MEDCD_SOURCE", "MEDCD_LANDING"):
        monkeypatch.delenv(name, raising=False)
    return Place(hospital_resource(hospital_file.parent))
