"""A lake's own tagger is what a build de-identifies with, and what certificates name."""

from __future__ import annotations

from dataclasses import replace

from medcd_platform.deid.onsite import versions
from medcd_platform.deid.tagger import model
from medcd_platform.hospital.key import write_key
from tests.end_to_end.hospital import Hospital

PARTITION = ("build", "--departments", "cardiology", "--months", "2024-01", "--until", "deid")


def test_a_build_uses_the_lakes_tagger_and_says_so(hospital: Hospital) -> None:
    write_key(hospital.root / "key", demo=True)
    digest = versions.publish(hospital.lake, replace(model.shipped(), about="of this hospital"), {})
    path = versions.folder(hospital.lake) / f"{digest}.npz"
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    failed = hospital.medcd(*PARTITION)
    assert failed.returncode == 3 and f"{digest}.npz: is missing or not what was published" in failed.stderr
    path.write_bytes(content)
    assert hospital.medcd(*PARTITION).returncode == 0
    chain = hospital.medcd("lineage", "deid_notes", "cardiology|2024-01-01").stdout
    assert f"tagger: {digest}\n" in chain
    assert f"tagger {digest}: trained on site\n" in hospital.medcd("status").stdout
