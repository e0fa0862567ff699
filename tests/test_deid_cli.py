"""`medcd deid`: evaluate, text, explain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from medcd_platform.contracts.errors import PlainError
from medcd_platform.deid import decision
from medcd_platform.deid.evaluation.gold import LABELS, Known, Marked, Record, Trap, to_json
from medcd_platform.deid_cli import app
from medcd_platform.hospital.key import write_key

#           0123456789012345678901
RECORDS = [
    Record("n1", "患者江雪，诉高热，电话13900001234。", (Marked(2, 4, "NAME"), Marked(11, 22, "PHONE")), ()),
    Record("n2", "踏雪而来，见江雪。", (Marked(6, 8, "NAME"),), (Trap(0, 2),), Known(names=("江雪", "踏雪"))),
]
NOTE = "联系人：王大宝，2024年3月5日入院，1月5日转入，复查01-08，电话13900001234。\r\n"


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(to_json(record) + "\n" for record in RECORDS), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def hospital(monkeypatch: pytest.MonkeyPatch) -> None:
    """The repository's hospital.yaml, whose source takes the demo's key, and no key."""
    monkeypatch.setenv("MEDCD_HOSPITAL", str(Path(__file__).parents[1] / "hospital.yaml"))
    for name in ("MEDCD_SOURCE", "MEDCD_LAKE", "MEDCD_LANDING", "MEDCD_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def rules_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tagger finds hangs on its model; the commands don't."""
    monkeypatch.setattr(decision, "settled", lambda texts, proposed, chosen=None: [list(found) for found in proposed])


def run(*arguments: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=given)


def said(*arguments: str, given: str | bytes = "") -> str:
    result = run(*arguments, given=given)
    assert result.exit_code == 0, result.output
    return result.stdout_bytes.decode("utf-8")


def refused(*arguments: str, given: str | bytes = "") -> str:
    result = run(*arguments, given=given)
    assert isinstance(result.exception, PlainError) and not result.output
    return str(result.exception)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        # The roster's 踏雪 is the trap; 江雪 behind 患者 is found by its form.
        ([], {"recall": 1.0, "char_precision": 15 / 17, "traps_hit": 1, "traps": 1}),
        (["--no-known"], {"recall": 2 / 3, "char_precision": 1.0, "traps_hit": 0, "traps": 1}),
    ],
)
def test_evaluate_prints_one_object(options: list[str], expected: dict[str, float], gold: Path) -> None:
    report = json.loads(said("evaluate", str(gold), "--json", *options))
    assert list(report) == [
        "recall",
        "char_precision",
        "traps_hit",
        "traps",
        "classes",
        "names_per_10k_chars",
        "chars_per_second",
    ]
    assert {name: report[name] for name in expected} == pytest.approx(expected)
    assert report["classes"]["PHONE"] == {"n": 1, "recall": 1.0}
    assert report["chars_per_second"] > 0


def test_evaluate_shows_no_text_unless_asked(gold: Path) -> None:
    quiet, shown = said("evaluate", str(gold)), said("evaluate", str(gold), "--show")
    assert "n2: 1" in quiet and "traps hit: 1 of 1" in quiet
    assert not any(words in quiet for words in ("雪", "13900001234", "踏"))
    assert "trap hit\tn2\t0\t2\t⟦踏雪⟧而来，见江雪。\n" in shown
    assert "false alarm\tn2\t0\t2\tname, known\t⟦踏雪⟧而来，见江雪。\n" in shown


def test_evaluate_shows_misses_in_context(gold: Path) -> None:
    assert "miss\tn2\t6\t8\tNAME, 0 of 2 characters removed\t踏雪而来，见⟦江雪⟧。\n" in said(
        "evaluate", str(gold), "--no-known", "--show"
    )


def test_evaluate_reads_other_formats(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("=== a1\n电话⟦PHONE|13900001234⟧\n", encoding="utf-8")
    assert json.loads(said("evaluate", str(tmp_path), "--from", "marked", "--json"))["recall"] == 1


def test_evaluate_names_a_fault(gold: Path) -> None:
    gold.write_text(gold.read_text(encoding="utf-8") + "{", encoding="utf-8")
    assert refused("evaluate", str(gold)) == f"{gold}:3: is not JSON (column 2); mend that line"


def test_help_names_every_label() -> None:
    words = run("evaluate", "--help").output.split()
    assert all(any(word.strip(".") == label for word in words) for label in LABELS)


@pytest.mark.parametrize(
    ("options", "dates"),
    [
        ([], ("___", "___", "___")),
        (["--written", "2024-03-09"], ("___", "___", "___")),
        (["--patient", "P1"], ("2022年9月5日", "___", "___")),
        (["--patient", "P1", "--written", "2024-03-09"], ("2022年9月5日", "7月7日", "07-10")),
    ],
)
def test_dates_move_with_a_patient_and_are_masked_without(
    options: list[str], dates: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_key(tmp_path / "key", demo=True)
    monkeypatch.setenv("MEDCD_KEY_FILE", str(tmp_path / "key"))
    full, short, cued = dates
    assert said("text", *options, given=NOTE) == f"联系人：___，{full}入院，{short}转入，复查{cued}，电话___。\r\n"


def test_another_patient_and_another_key_move_dates_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = []
    for name, patient in (("one", "P1"), ("one", "P2"), ("two", "P1")):
        path = tmp_path / name
        if not path.exists():
            path.write_bytes(name.encode() * 16)
            path.chmod(0o600)
        monkeypatch.setenv("MEDCD_KEY_FILE", str(path))
        moved.append(said("text", "--patient", patient, given=NOTE))
    assert len(set(moved)) == 3


def test_a_patient_without_a_key_is_refused() -> None:
    assert "no pseudonym key" in refused("text", "--patient", "P1", given=NOTE)


def test_the_hospital_says_whose_key_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_key(tmp_path / "key", demo=True)
    monkeypatch.setenv("MEDCD_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("MEDCD_SOURCE", "mimic_iii")
    assert "demo's key" in refused("text", "--patient", "P1", given=NOTE)
    # Restored when the test ends: the option sets what it stands for.
    monkeypatch.setenv("MEDCD_HOSPITAL", "unused")
    assert "elsewhere.yaml" in refused(
        "text", "--patient", "P1", "--hospital", str(tmp_path / "elsewhere.yaml"), given=NOTE
    )


def test_explain_lists_what_is_found_without_its_text() -> None:
    lines = said("explain", given=NOTE).splitlines()
    assert lines[0].split("\t") == ["4", "7", "name", "anchor", "___"]
    assert lines[1].split("\t") == ["8", "17", "date", "date", "___"]
    assert [line.split("\t")[2] for line in lines] == ["name", "date", "date", "date", "phone"]
    assert "王大宝" not in "".join(lines)


@pytest.mark.parametrize("command", ["text", "explain"])
def test_what_is_not_utf8_is_refused_with_the_remedy(command: str) -> None:
    assert "iconv" in refused(command, given="王大宝".encode("gb18030"))
    assert said(command) == ""
