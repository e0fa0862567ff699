"""Variants of a note: the same words around other names."""

from __future__ import annotations

import re
from random import Random

from medcd_platform.deid.tagger.augmentation import TRAP, Augmenter
from medcd_platform.deid.tagger.names import People, vocabulary
from medcd_platform.deid.tagger.tags import Place

TEXT = "患者沈慕华由沈立群送来，住南港县，电话139，沈慕华好转，小沈签。"
PLACES = [Place(2, 5, 0), Place(6, 9, 0), Place(13, 16, 1), Place(19, 22, 5), Place(23, 26, 0), Place(29, 31, 0)]


def test_the_words_around_stay_and_the_same_name_becomes_the_same() -> None:
    maker = Augmenter([(TEXT, PLACES), ("在北港村", [Place(1, 4, 1)])], Random(1))
    changed = 0
    for _ in range(30):
        text, places = maker.variant((TEXT, PLACES))
        around, at = [], 0
        for start, end, _ in places:
            around.append(text[at:start])
            at = end
        assert [*around, text[at:]] == ["患者", "由", "送来，住", "，电话", "，", "好转，", "签。"]
        mine = [text[p.start : p.end] for p in places]
        assert [p.kind for p in places] == [p.kind for p in PLACES] and mine[2] in ("南港县", "北港村")
        changed += mine[0] == mine[4] != "沈慕华"
        assert mine[5][0] == "小"
    assert changed > 20


def test_traps_become_other_traps_and_stay_unmarked() -> None:
    note = ("既往帕金森病", [Place(2, 5, TRAP)])
    maker = Augmenter([note], Random(1), traps=["霍奇金"])
    made = [maker.variant(note) for _ in range(20)]
    assert {text for text, _ in made} == {"既往帕金森病", "既往霍奇金病"} and all(not places for _, places in made)


def test_names_are_of_many_kinds() -> None:
    people = People(Random(2), ["向阳"])
    made = [people.full() for _ in range(3000)]
    assert len(set(made)) > 2000 and all(made)
    for form in (r"[一-龥]{2}", r"[一-龥]{3}", r".*·.*", r".\s+..?", r".[某*×XＸ○]+"):
        assert any(re.fullmatch(form, name) for name in made), form
    assert all(re.fullmatch(r"[A-Za-zÜü'. -]+", people.latin()) for _ in range(50))
    assert any(people.given() == "向阳" for _ in range(500))


def test_names_of_english_notes_keep_how_they_are_written() -> None:
    people = People(Random(3), english=(["oda", "ben"], ["quill", "marsh"]))
    for old, form in (
        ("Tate, Marian", r"(Quill|Marsh), (Oda|Ben)"),
        ("M. TATE", r"[OB]\. (QUILL|MARSH)"),
        ("marian tate jr.", r"(oda|ben) (quill|marsh|oda|ben) jr\."),
        ("Tate", r"(Quill|Marsh)"),
        ("Brennan-Tate", r"(Oda|Ben)-(Quill|Marsh)"),
    ):
        assert re.fullmatch(form, people.like(old)), old


def test_english_notes_get_other_people_only() -> None:
    english = ("Tate lives in Easthampton, Mr. Tate left", [Place(0, 4, 0), Place(14, 25, 1), Place(31, 35, 0)])
    maker = Augmenter([english, ("住南港县", [Place(1, 4, 1)])], Random(1), english=(["oda"], ["quill"]), kept=0)
    assert maker.variant(english)[0] == "Quill lives in Easthampton, Mr. Quill left"
    assert {maker.variant(("住北港村", [Place(1, 4, 1)]))[0] for _ in range(20)} == {"住北港村", "住南港县"}


def test_the_vocabulary_has_no_empty_kind() -> None:
    assert all(vocabulary().values()) and "欧阳" in vocabulary()["compound"] and "王" in vocabulary()["frequent"]
