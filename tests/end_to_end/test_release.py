"""The make-believe hospital through the command to a release, judged by what the release's own files say."""

from __future__ import annotations

import json
import re

import duckdb
import polars as pl
import pytest

from medcd_platform.contracts import STATION_TABLES, Zone
from medcd_platform.contracts.release import FILES, RELEASE_TABLES
from medcd_platform.lake.partition import Version
from medcd_platform.release.package import verify_release
from tests.end_to_end.conftest import SEED, Built
from tests.end_to_end.hospital import contents, released
from tests.end_to_end.open_zone import readable

RELEASED = [t.name for ts in STATION_TABLES.values() for t in ts if t.zone is Zone.RESEARCH and t not in RELEASE_TABLES]
# Gold marks of what names a person or is a person's number or address: none of these may be left anywhere. Names of
# other hospitals are found by their form alone, and how many of them are is measured, not promised; of dates, beds and
# names of two characters many stand in texts as something else.
PERSONAL = {
    "ID_NUMBER", "NAME_PATIENT", "NAME_RELATIVE", "NAME_STAFF", "MRN", "PHONE", "INSURANCE", "VISIT_NUMBER", "ADDRESS",
    "EMPLOYER", "EMAIL", "WECHAT",
}  # fmt: skip
SHORTEST = {"NAME_PATIENT": 3, "NAME_RELATIVE": 3, "NAME_STAFF": 3}
# Dagster's storage holds process ids and parts of seconds, which look like the shorter numbers.
LIKE_A_PROCESS = 7


def test_the_build_publishes_everything_and_one_release(built: Built) -> None:
    assert built.build.returncode == 0, f"with seed {SEED} no gate should refuse anything:\n{built.build.stderr}"
    status = built.hospital.status()
    assert status.keys() == {"tables", "releases", "tagger"}
    assert status["releases"] == [{"version": "2024.02.1", "path": str(built.release)}]
    assert [t["table"] for t in status["tables"]] == [t.name for tables in STATION_TABLES.values() for t in tables]
    count = {"raw": 6, "deid": 6, "pretrain": 2, "sft": 2, "benchmark": 2, "baseline": 1, "release": 1}
    for table in status["tables"]:
        assert table.keys() == {"table", "partitions", "rows"}
        expected = count[table["table"].partition("_")[0]]
        assert table["partitions"] == {"published": expected, "refused": 0, "missing": 0}, table["table"]
        assert table["rows"] > 0, table["table"]
    assert str(built.release) in built.build.stderr


def test_the_release_is_whole_and_holds_every_research_table(built: Built) -> None:
    assert verify_release(built.release) == []
    rows = {t["table"]: t["rows"] for t in built.hospital.status()["tables"]}
    for name in RELEASED:
        assert released(built.release, name).height == rows[name], name
    assert {path.name for path in (built.release / "data").iterdir()} == set(RELEASED)


def test_no_patient_stands_on_two_sides(built: Built) -> None:
    documents = released(built.release, "pretrain_documents").select("subject_id", "split")
    side = dict(documents.iter_rows())
    assert len(side) == documents.height > 0
    assert set(side.values()) == {"train", "validation", "heldout"}
    for name in ("deid_patients", "sft_ner", "sft_retrieval", "sft_summarization"):
        for subject, split in released(built.release, name).select("subject_id", "split").iter_rows():
            assert side[subject] == split, name
    held_out = {subject for subject, split in side.items() if split == "heldout"}
    asked = [released(built.release, f"benchmark_{name}")["subject_id"] for name in ("triage", "note_generation")]
    assert set().union(*asked) == held_out
    trained = set(released(built.release, "benchmark_triage_training")["subject_id"])
    assert trained and {side[subject] for subject in trained} == {"train"}
    held_out_notes = released(built.release, "deid_notes").filter(pl.col("subject_id").is_in(held_out))["note_id"]
    for name in ("sft_ner", "sft_retrieval", "sft_summarization"):
        examples = released(built.release, name)
        assert not held_out & set(examples["subject_id"]), name
        assert not set(held_out_notes) & set(examples["source_ids"].explode()), name


def test_every_marked_mention_is_the_text_at_its_place(built: Built) -> None:
    notes = dict(released(built.release, "deid_notes").select("note_id", "text").iter_rows())
    annotations = released(built.release, "deid_annotations").select("note_id", "start", "end", "mention")
    assert all(notes[note][start:end] == mention for note, start, end, mention in annotations.iter_rows())
    mentions = 0
    for question, answer, (note,) in (
        (messages[0]["content"], messages[1]["content"], sources)
        for messages, sources in released(built.release, "sft_ner").select("messages", "source_ids").iter_rows()
    ):
        assert question.endswith(notes[note])
        for mention in json.loads(answer):
            assert notes[note][mention["start"] : mention["end"]] == mention["text"] != ""
            mentions += 1
    assert 0 < mentions <= annotations.height


def test_nothing_that_identifies_a_person_stands_outside_of_the_closed_zone(built: Built) -> None:
    gold = pl.concat([pl.read_parquet(p) for p in (built.hospital.root / "landing" / "gold").glob("phi_*.parquet")])
    gold = gold.filter(pl.col("type").is_in(PERSONAL)).select("type", "text").unique()
    assert set(gold["type"]) == PERSONAL
    long_enough = pl.col("text").str.len_chars() >= pl.col("type").replace_strict(SHORTEST, default=4)
    marked = sorted(gold.filter(long_enough)["text"].unique())
    assert len(marked) > 400
    left = []
    for name, data in readable(built.hospital.lake.root):
        text = data.decode(errors="ignore")
        for found in pl.Series([text]).str.extract_many(marked, overlapping=True).explode().drop_nulls().unique():
            if name.startswith("dagster/") and found.isdigit() and len(found) <= LIKE_A_PROCESS:
                continue
            # A number within a longer one, or within a pseudonym, is another number.
            if not found.isascii() or re.search(rf"(?<![0-9A-Za-z.]){re.escape(found)}(?![0-9A-Za-z])", text):
                left.append((name, sorted(gold.filter(pl.col("text") == found)["type"])))
    assert left == []


def test_the_release_says_how_many_can_be_told_apart_as_its_judge_does(built: Built) -> None:
    said = json.loads((built.release / "privacy.json").read_text(encoding="utf-8"))
    certificate = built.hospital.lake.certificate(FILES, Version(built.release.name))
    assert certificate is not None
    (measured,) = [v.measured for v in certificate.verdicts if v.rule == "share_below_k"]
    assert said["share_below_k"] == pytest.approx(measured, abs=1e-6)
    assert said["patients"] == released(built.release, "deid_encounters")["subject_id"].n_unique()
    assert sum(said["classes_by_size"].values()) == said["classes"] > 1
    encounters = released(built.release, "deid_encounters")["encounter_id"].n_unique()
    assert said["to_meet_k"]["encounters"] == encounters and not said["generalised"]


def test_the_catalogue_answers_what_status_says(built: Built) -> None:
    status = {t["table"]: t["rows"] for t in built.hospital.status()["tables"]}
    with duckdb.connect(str(built.hospital.lake.root / "medcd.duckdb"), read_only=True) as catalogue:
        views = {
            name for (name,) in catalogue.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        }
        assert views == {*RELEASED, *(t.name for t in RELEASE_TABLES)}
        for view in views:
            assert catalogue.execute(f"SELECT count(*) FROM {view}").fetchone() == (status[view],), view
        certified = catalogue.execute("SELECT table_name, sum(rows)::BIGINT FROM certificates GROUP BY 1").fetchall()
        assert dict(certified) == status
        assert catalogue.execute("SELECT count(*) FROM verdicts WHERE NOT (published AND passed)").fetchone() == (0,)
        assert catalogue.execute("SELECT count(*) FROM refusals").fetchone() == (0,)


def test_lineage_leads_from_the_release_to_the_delivery(built: Built) -> None:
    lines = built.hospital.medcd("lineage", "release_files", "2024.02.1").stdout.splitlines()
    assert lines[0].startswith("release_files 2024.02.1: ")
    assert [line for line in lines if line.startswith("      landing/notes: 6 values")]
    assert [line for line in lines if line.startswith("    pseudonym key: ")]
    for station in ("deid", "pretrain", "sft", "benchmark", "baseline"):
        assert [line for line in lines if line.startswith(f"  {station}: ")], station
    assert "changed since" not in "\n".join(lines)


def test_a_second_build_makes_nothing_and_touches_no_file(built: Built) -> None:
    def state() -> dict[str, tuple[str, int]]:
        lake = built.hospital.lake.root
        found = contents(lake, lambda path: path.relative_to(lake).parts[0] in ("identified", "research", "releases"))
        return {name: (digest, (lake / name).stat().st_mtime_ns) for name, digest in found.items()}

    before = state()
    again = built.hospital.medcd("build", "--json")
    assert again.returncode == built.build.returncode
    for station in json.loads(again.stdout)["stations"]:
        assert (station["made"], station["refused"], station["failed"]) == (0, {}, []), station["station"]
    assert state() == before


@pytest.mark.parametrize("table", [t.name for t in STATION_TABLES["raw"]])
def test_the_release_knows_no_identified_table(built: Built, table: str) -> None:
    assert not [path for path in built.release.rglob("*") if table in path.as_posix()]
    assert table not in (built.release / "README.md").read_text(encoding="utf-8")
