import csv
import io
import re
from datetime import date
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcd_platform.deid import replacement
from medcd_platform.deid.evaluation.gold import read
from medcd_platform.deid.replacement import Case
from medcd_platform.deid.rules.scan import Scanned, Scanner
from medcd_platform.synthetic.hospital import write_hospital

# Each is a way in which an expression can tell what its matches begin with.
EXPRESSIONS = [
    re.compile(expression, flags)
    for expression, flags in (
        ("abc|[bd]e", 0),
        ("a{2,3}b?c", 0),
        ("(?:a|bc)+d", 0),
        ("(?<!a)b", 0),
        ("(?<=[ab])c", 0),
        ("b(?<![cd].)", 0),
        ("(?<!ab)c", 0),
        ("a(?!b|cd)", 0),
        ("a(?=b|cd).", 0),
        ("^b|d$", re.M),
        ("^b", 0),
        ("a.c", 0),
        ("a.c", re.S),
        ("AB|k", re.I),
        (r"(a|b)\1", 0),
        (r"\Dc", 0),
        ("[^b]d", 0),
        ("a(?:b*)*c", 0),
        ("(?<![\U00020000])d", 0),
        ("\U00020000c?", 0),
        ("c[a-d]{9,}", 0),
        ("c[a-d]+?b", 0),
        ("(?:ab|ac|bd|ad?)c", 0),
        ("a[b-d]{1,3}?(?:d|$)", re.M),
        ("(?:ab?){2,4}c", 0),
        ("(?>a|ab)c|(?:b|cd)++a", 0),
        (r"\b[ab]|c\B", 0),
        (r"(?=(a|c)+)(?!(?:.b)*d).c\Z|d", 0),
        ("(?<=(?:a|b)c)d|a(?i:B)", 0),
    )
]
TEXTS = st.text(st.sampled_from("abcdAk\u212a\n \U00020000\U00020001\uffff\ud800"), max_size=24)
SCANNER = Scanner(EXPRESSIONS)


GOLD = Path(__file__).parents[3] / "benchmarks" / "deid_gold"


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Notes written by hand, every third of them, and those of a small make-believe hospital."""
    landing = tmp_path_factory.mktemp("landing")
    write_hospital(landing, patients=30, seed=7, departments=["cardiology", "pediatrics"], months=["2024-01"])
    files = [path.read_bytes().decode("gb18030", "replace") for path in sorted(landing.rglob("notes.csv"))]
    rows = [row for file in files for row in csv.DictReader(io.StringIO(file, newline=""))]
    return [record.text for record in read(GOLD, "marked")][::3] + [row["WSNR"] for row in rows if row["WSNR"]]


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_finds_what_finditer_finds(texts: list[str]) -> None:
    for text, scanned in zip(texts, chain(*SCANNER.scan(texts)), strict=True):
        for expression in EXPRESSIONS:
            expected = [match.span() for match in expression.finditer(text)]
            assert [match.span() for match in scanned.matches(expression)] == expected, expression.pattern
            assert list(scanned.spans(expression)) == expected, expression.pattern
            assert scanned.has(expression) == bool(expected), expression.pattern


def test_rules_find_the_same_in_many_texts_as_in_one(monkeypatch: pytest.MonkeyPatch, notes: list[str]) -> None:
    monkeypatch.setattr(replacement, "_FEW", 0)
    written, own = date(2024, 6, 30), (("王小明", "name"), ("13800000001", "phone"))
    cases = [Case(note, 400, written, own, ("李建国",)) for note in notes]
    one_by_one = [replacement.find(note, offset=400, written=written, own=own, names=("李建国",)) for note in notes]
    assert replacement.find_all(cases) == one_by_one
    assert sum(map(len, one_by_one)) > len(notes)


def test_an_expression_that_was_not_scanned_for_is_searched_for() -> None:
    ((scanned,),) = SCANNER.scan(["abcabc"])
    assert [match.start() for match in scanned.matches(re.compile("ca"))] == [2]
    assert [match.start() for match in Scanned("abcabc").matches(EXPRESSIONS[0])] == [0, 3]


@pytest.mark.parametrize("texts", [[], [""], ["", "abc", ""], ["abc", "", "abc"]])
def test_empty_texts(texts: list[str]) -> None:
    found = [[match.start() for match in scanned.matches(EXPRESSIONS[0])] for scanned in chain(*SCANNER.scan(texts))]
    assert found == [[0] if text else [] for text in texts]


@pytest.mark.parametrize("useful", ["(?=x)", "(?<=b)", "$"])
def test_matches_that_are_of_no_use_may_be_left_out(useful: str) -> None:
    # What is left out is passed over all the same: the second b of each pair begins no match of its own.
    expression, condition = re.compile("bb|b"), re.compile(useful)
    ((scanned,),) = Scanner([expression], {expression: condition}).scan(["bbx bb bx b"])
    expected = [
        match.span() for match in expression.finditer(scanned.text) if condition.match(scanned.text, match.end())
    ]
    assert [match.span() for match in scanned.matches(expression)] == expected == list(scanned.spans(expression))


def test_a_match_that_goes_too_deep_is_left_to_re() -> None:
    expression = re.compile("a(?:bc?){3,}d")
    ((scanned,),) = Scanner([expression]).scan(["a" + "bc" * 5000 + "d abbbd"])
    assert list(scanned.spans(expression)) == [(0, 10002), (10003, 10008)]
