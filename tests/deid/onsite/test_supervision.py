"""Labels that the tables give, and lines of which they would be wrong."""

from __future__ import annotations

import polars as pl
import pytest

from medcd_platform.deid.onsite import supervision
from medcd_platform.deid.onsite.supervision import People, labelled, sample

PATIENTS = pl.DataFrame(
    {
        "patient_id": ["A", "B"],
        "name": ["沈慕华", "江雪"],
        "contact_name": ["石霞", None],
        "phone": ["13900000001", None],
    }
)
ENCOUNTERS = pl.DataFrame({"patient_id": ["A"], "encounter_id": ["V1"], "visit_number": ["ZY00123"]})
STAFF = pl.DataFrame({"name": ["周敏", "陆秋水", "高原"]})
WHO = supervision.people([{"patients": PATIENTS, "encounters": ENCOUNTERS, "staff": STAFF}])


def lines_of(*texts: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(texts, schema=["patient_id", "line"], orient="row")


@pytest.mark.parametrize(
    ("patient", "text", "names", "others", "doubtful"),
    [
        ("A", "患者沈慕华今日好转", ["沈慕华"], [], False),
        ("A", "患者沈 慕华，电话13900000001", ["沈 慕华"], ["13900000001"], False),
        ("A", "妻子石霞代诉3天前受凉", ["石霞"], [], False),  # the table knows better than the rule
        ("B", "江雪于2024年1月5日入院", ["江雪"], ["2024年1月5日"], False),
        ("B", "已与陆秋水医生沟通", ["陆秋水"], [], False),
        ("B", "患者沈慕华同室", ["沈慕华"], [], False),  # another patient's name, of three characters
        ("B", "高原反应，既往体健", [], [], False),  # a word there
        ("A", "主任医师：何绍棠", [], [], True),  # a name that no table knows
        ("A", "患者沈慕华，主任医师：何绍棠", ["沈慕华"], [], True),
        ("A", "体温36.5℃，血压130/80mmHg", [], [], False),
    ],
)
def test_tables_label_names_and_rules_the_rest(
    patient: str, text: str, names: list[str], others: list[str], doubtful: bool
) -> None:
    (line,) = labelled(lines_of((patient, text)), WHO)
    written = [(text[p.start : p.end], p.kind == supervision.NAME) for p in line.places]
    assert [words for words, name in written if name] == names and line.doubtful == doubtful
    assert [words for words, name in written if not name] == others
    assert line.names == tuple(name.replace(" ", "") for name in names)


def test_a_word_that_is_a_name_elsewhere_is_mentioned() -> None:
    (line,) = labelled(lines_of(("B", "高原反应，既往体健")), WHO)
    assert line.names == () and line.mentioned == {"高原"}


def test_english_lines_are_no_matter_of_the_tagger() -> None:
    assert labelled(lines_of(("A", "The patient was discharged home in stable condition.")), WHO) == []


def texts(*written: str) -> dict[str, pl.DataFrame]:
    notes = pl.DataFrame(
        {"note_id": [f"N{n}" for n in range(len(written))], "patient_id": ["A"] * len(written), "text": list(written)}
    )
    return {"notes": notes, "dialogues": notes.rename({"note_id": "dialogue_id"}).clear()}


def drawn(*partitions: dict[str, pl.DataFrame], named: int = 100, unnamed: int = 100, seed: int = 1) -> pl.DataFrame:
    return sample(partitions, WHO, named=named, unnamed=unnamed, seed=seed)


def test_each_line_is_drawn_once_and_long_ones_are_cut() -> None:
    long = "。".join(f"第{'一二三四五六七八九'[n]}段话说得很长" + "很" * 60 for n in range(6))
    found = drawn(texts("患者沈慕华好转\r\n精神可，饮食可\n短", "精神可，饮食可", long), texts("精神可，饮食可"))
    assert sorted(found.filter("named")["line"]) == ["患者沈慕华好转"]
    others = found.filter(~pl.col("named"))["line"].to_list()
    assert others.count("精神可，饮食可") == 1 and len(others) == 7


def test_few_lines_of_one_form_are_drawn() -> None:
    many = [f"住院第{n}天，周敏查房" if n % 2 else f"住院第{n}天，陆秋水查房" for n in range(60)]
    assert drawn(texts("\n".join(many))).height == supervision._OF_ONE_FORM


def test_the_sample_is_bounded_and_hangs_on_the_seed_alone() -> None:
    many = [f"{'甲乙丙丁戊己庚辛壬癸'[n]}组{'子丑寅卯辰巳午未申酉'[m]}班好转" for n in range(10) for m in range(10)]
    first, other = drawn(texts(*many), unnamed=20), drawn(texts(*many), unnamed=20, seed=2)
    apart = drawn(texts(*many[:50]), texts(*many[50:]), unnamed=20)
    assert first.height == 20 and first["line"].to_list() == apart["line"].to_list() != other["line"].to_list()


def test_people_are_gathered_from_all_partitions() -> None:
    tables = {"patients": PATIENTS, "encounters": ENCOUNTERS, "staff": STAFF}
    more = {**tables, "staff": pl.DataFrame({"name": ["何绍棠"]})}
    who = supervision.people([tables, more])
    assert isinstance(who, People) and who.patients.height == 2 and {"何绍棠", "周敏", "沈慕华"} <= set(who.roster)
