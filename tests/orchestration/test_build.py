from __future__ import annotations

import pytest

from medcd_platform.contracts import deid
from medcd_platform.contracts.release import FILES
from medcd_platform.lake.partition import DepartmentMonth, Version
from medcd_platform.orchestration.build import next_version, ranges
from medcd_platform.orchestration.inputs import Inputs
from tests.orchestration.conftest import Place

DEPARTMENTS = ["a", "b", "c"]


def made(*keys: str) -> list[DepartmentMonth]:
    return [DepartmentMonth(key[0], f"2024-{key[1:]}") for key in keys]


@pytest.mark.parametrize(
    ("wanted", "blocks"),
    [
        (["a01", "a02", "b01", "b02"], [["a01", "a02", "b01", "b02"]]),
        (["a01", "b01", "b02"], [["a01"], ["b01", "b02"]]),
        (["a01", "c01"], [["a01"], ["c01"]]),
        (["a01", "a03"], [["a01"], ["a03"]]),
        ([], []),
    ],
)
def test_blocks_are_what_one_dagster_range_can_say(wanted: list[str], blocks: list[list[str]]) -> None:
    assert ranges(made(*wanted), DEPARTMENTS) == [made(*block) for block in blocks]


def test_a_version_is_the_next_number_of_the_last_month(place: Place) -> None:
    assert next_version(place.resource, Inputs(place.resource), None) == Version("2024.01.1"), "of no data"
    place.publish(deid.PATIENTS, DepartmentMonth("cardiology", "2024-01"))
    assert next_version(place.resource, Inputs(place.resource), None) == Version("2024.01.1")
    current = Inputs(place.resource).of("release", Version("2024.01.1"))
    place.publish(FILES, Version("2024.01.1"), current)
    assert next_version(place.resource, Inputs(place.resource), None) == Version("2024.01.1"), "it is current"
    place.publish(deid.PATIENTS, DepartmentMonth("neurology", "2024-01"))
    assert next_version(place.resource, Inputs(place.resource), None) == Version("2024.01.2")
    place.publish(deid.PATIENTS, DepartmentMonth("cardiology", "2024-02"))
    assert next_version(place.resource, Inputs(place.resource), None) == Version("2024.02.1")
    assert next_version(place.resource, Inputs(place.resource), "spring") == Version("spring")
