"""A few sentences suffice to learn that names stand behind one word and not behind another."""

from __future__ import annotations

import pytest

from medcd_platform.deid.tagger import features, lexicon, model, names
from medcd_platform.deid.tagger.tags import Place
from medcd_platform.deid.tagger.training import Example, Settings, train

CLASSES = features.classes(names.vocabulary())
LEXICON = lexicon.lexicon(lexicon.Word(text, 9, lexicon.COMMON) for text in ("张力", "血压"))
NAMES = ("王小雨", "李文", "陈思远", "周敏", "赵国强", "孙丽", "吴秀兰", "刘建军", "何英", "唐明英")
WORDS = ("血压高", "体温", "肌张力", "呼吸", "心率快", "脉搏")
EXAMPLES = [
    *(Example(f"今晨叫{name}来查", [Place(3, 3 + len(name), 0)]) for name in NAMES),
    *(Example(f"今晨测{word}来查", []) for word in WORDS),
] * 8


@pytest.fixture(scope="module")
def learnt() -> model.Model:
    return train(EXAMPLES, CLASSES, LEXICON, about="test", settings=Settings(epochs=3, least=1))


@pytest.mark.parametrize(
    ("text", "places"),
    [("今晨叫吴海来查", [Place(3, 5, 0)]), ("今晨叫郑秀英来查", [Place(3, 6, 0)]), ("今晨测血糖来查", [])],
)
def test_what_was_learnt_holds_for_others(text: str, places: list[Place], learnt: model.Model) -> None:
    assert model.find([text], [[]], learnt) == [places]


def test_the_same_examples_make_the_same_model(learnt: model.Model) -> None:
    settings = Settings(epochs=3, least=1)
    assert train(EXAMPLES, CLASSES, LEXICON, about="test", settings=settings).digest == learnt.digest


def test_what_rules_propose_is_learnt_as_well() -> None:
    texts = [f"{word}{at}" for at, word in enumerate(WORDS)]
    examples = [Example(t, [Place(0, 2, 3)], [Place(0, 2, 3)], 0.0) for t in texts] + [Example(t, []) for t in texts]
    learnt = train(examples * 10, CLASSES, LEXICON, about="test", settings=Settings(epochs=4, least=1))
    assert model.find(["新词汇"] * 2, [[Place(0, 2, 3)], []], learnt) == [[Place(0, 2, 3)], []]


def test_progress_is_told() -> None:
    told: list[str] = []
    train(EXAMPLES[:2], CLASSES, LEXICON, about="test", settings=Settings(epochs=2), report=told.append)
    assert [line.split(":")[0] for line in told] == ["pass 1 of 2", "pass 2 of 2"]
