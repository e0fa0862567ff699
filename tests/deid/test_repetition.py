"""A name found once is looked for elsewhere, unless it is a word, too."""

from __future__ import annotations

import pytest

from medcd_platform.deid.repetition import again
from medcd_platform.deid.tagger.lexicon import COMMON, PERSON, Word, lexicon

WORDS = lexicon(
    [Word("解放", 14, COMMON), Word("徐长卿", 20, COMMON), Word("王伟", 17, PERSON), Word("欧阳文忠", 25, PERSON)]
)


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("岑墨白来，墨白述，岑墨白", "岑墨白", ["墨白", "岑墨白", "墨白", "岑墨白", "墨白"]),
        ("单解放被解放路口", "单解放", ["单解放"]),
        ("徐长卿后下，徐长卿签收，长卿", "徐长卿", []),
        ("王伟与王伟", "王伟", []),
        ("岑墨与岑墨", "岑墨", ["岑墨", "岑墨"]),
        ("欧阳文忠说，文忠说", "欧阳文忠", ["文忠", "文忠", "欧阳文忠"]),
        ("王来，王主任", "王", []),
        ("Tate left Tate", "Tate", []),
    ],
)
def test_where_a_name_stands_again(text: str, name: str, found: list[str]) -> None:
    assert sorted(text[a:b] for a, b in again(text, [name], WORDS)) == sorted(found)
