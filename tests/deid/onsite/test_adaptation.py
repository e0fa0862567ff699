"""What is held out, what stays of a name, and how a model is measured."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from medcd_platform.deid.onsite import marked_notes
from medcd_platform.deid.onsite.adaptation import Plan, exchanged, held_names, keyed, left_out, of_lines, on_held, split
from medcd_platform.deid.onsite.supervision import NAME, Line, bare
from medcd_platform.deid.tagger import model, sifting
from medcd_platform.deid.tagger.augmentation import Augmenter
from medcd_platform.deid.tagger.tags import Place

KEY = b"0123456789abcdef"
NAMES = [family + given for family in "赵钱孙李周吴郑王" for given in ("秋水", "立群", "慕华", "雪", "若兰")]
OUT = [name for name in NAMES if keyed(KEY, name)]
IN = [name for name in NAMES if not keyed(KEY, name)]


def line(name: str, before: str = "今日", after: str = "来院复诊", *, doubtful: bool = False) -> Line:
    places = (Place(len(before), len(before) + len(name), NAME),) if name else ()
    names = (bare(name),) if name else ()
    return Line(before + name + after, places, names, frozenset(names), doubtful)


def test_about_a_fifth_is_held_out_and_another_key_holds_others_out() -> None:
    many = [f"{a}{b}" for a in NAMES for b in "甲乙丙丁戊己庚辛壬癸"]
    mine = {name for name in many if keyed(KEY, name)}
    assert 0.15 < len(mine) / len(many) < 0.25 and mine != {name for name in many if keyed(b"x" * 16, name)}


def test_no_line_with_a_held_out_name_is_learnt_from() -> None:
    given = OUT[0][1:]
    assert len(given) == 2
    lines = [*map(line, NAMES), line(given, "其母"), line(OUT[0][0], "小")]
    mentioned = Line("秋水长天", (), (), frozenset({OUT[0]}), False)
    learnt, held = split([*lines, mentioned], KEY)
    assert {x.names[0] for x in learnt if len(x.names[0]) == 3 or x.names[0][1:] == "雪"} == set(IN)
    assert {x.names[0] for x in held if x.names} == {*OUT, given} and mentioned in held
    assert lines[-1] in learnt, "a surname alone is nobody's"
    assert held_names(lines[-2], KEY) <= {given}


def test_doubtful_lines_are_measured_on_and_not_learnt_from() -> None:
    doubtful = [line(name, doubtful=True) for name in (OUT[0], IN[0])]
    assert split(doubtful, KEY) == ([], doubtful[:1])


def test_a_fifth_of_the_lines_without_a_name_is_held_out() -> None:
    lines = [line("", f"第{n}床") for n in range(500)]
    learnt, held = split(lines, KEY)
    assert len(learnt) + len(held) == 500 and 60 < len(held) < 140


def test_a_name_stays_less_often_than_a_weight_takes() -> None:
    corpus = [("患者沈慕华来诊", [Place(2, 5, NAME)])]
    lines = [line("赵立群", f"第{n}日") for n in range(40)] + [line("立群", f"其子{n}") for n in range(5)]
    made = list(exchanged(lines, Augmenter(corpus, Random(1), kept=0.0), 4))
    stood = Counter(text[p.start : p.end] for text, places in made for p in places)
    assert stood["赵立群"] == 3 and stood["立群"] == 0, "the given name has stood there with the whole one"
    assert all(text.endswith("来院复诊") for text, _ in made) and len(made) == 45


def test_a_name_is_exchanged_before_any_weight_could_be_its_own() -> None:
    corpus = [("患者沈慕华来诊", [Place(2, 5, NAME)])]
    examples = of_lines([line("赵立群", f"第{n}日") for n in range(40)], corpus, Plan())
    stood = sum(example.text.count("赵立群") for example in examples)
    assert 0 < stood < min(Plan().settings.least, sifting.LEAST)


def test_lines_stand_below_each_other_with_what_rules_propose() -> None:
    corpus = [("患者沈慕华来诊", [Place(2, 5, NAME)])]
    lines = [line(name, "患者", "，男，住院号ZY0012345") for name in IN[:14]]
    examples = of_lines(lines, corpus, Plan())
    assert [example.text.count("\n") + 1 for example in examples] == [12, 2]
    for example in examples:
        assert [example.text[p.start : p.end] for p in example.places if p.kind == NAME]
        assert all("\n" not in example.text[p.start : p.end] for p in (*example.places, *example.proposals))
        assert "ZY0012345" in {example.text[p.start : p.end] for p in example.proposals}


@pytest.mark.parametrize(("found", "false_names"), [(True, 0), (False, 1)])
def test_held_out_names_found_and_false_ones_are_counted(
    found: bool, false_names: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line(OUT[0], doubtful=True), line(IN[0]), line("", "今日张力")]
    places = [[line(OUT[0]).places[0]] if found else [], [], [] if found else [Place(2, 4, NAME)]]
    monkeypatch.setattr(model, "find", lambda texts, proposals, chosen: places)
    score = on_held(lines, KEY, {"any": model.shipped()})["any"]
    characters = sum(len(x.text) for x in lines)
    assert (score.found, score.of) == (int(found), 1)
    assert score.false_names == pytest.approx(10_000 * false_names / characters)


def test_the_same_marked_notes_are_always_left_out() -> None:
    out = [note.id for note in marked_notes.read() if left_out(note.id)]
    assert 0.05 < len(out) / len(marked_notes.read()) < 0.15
