"""Peers behind stand-ins: what they report becomes spans in order that don't overlap."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from typer.testing import CliRunner

from medcd_platform.deid.evaluation import peers
from medcd_platform.deid.span import Span
from medcd_platform.deid_cli import app

TEXT = "江雪，电话13900001234。"


def test_jiebas_tags_become_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [("江雪", "nr"), ("，", "x"), ("电话", "n"), ("13900001234", "m"), ("。", "x")]
    jieba, posseg = ModuleType("jieba"), ModuleType("jieba.posseg")
    jieba.setLogLevel = lambda level: None  # type: ignore[attr-defined]
    jieba.dt = None  # type: ignore[attr-defined]
    posseg.POSTokenizer = lambda _: SimpleNamespace(cut=lambda text: words)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "jieba", jieba)
    monkeypatch.setitem(sys.modules, "jieba.posseg", posseg)
    assert peers.peer("jieba")(TEXT) == [Span(0, 2, "name", "jieba")]


def test_each_place_of_what_jionlp_names_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    jionlp = ModuleType("jionlp")
    for name in ("id_card", "email", "ip_address", "motor_vehicle_licence_plate", "qq", "wechat_id", "url"):
        setattr(jionlp, f"extract_{name}", lambda text: [])
    jionlp.extract_phone_number = lambda text: ["139", "1390"]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "jionlp", jionlp)
    assert peers.peer("jionlp")("1390，139") == [Span(0, 4, "phone", "jionlp"), Span(5, 8, "phone", "jionlp")]


@pytest.mark.parametrize(
    ("name", "modules", "said"),
    [
        ("unheard", (), "no known peer"),
        ("jieba", ("jieba",), "pip install jieba"),
        ("presidio", ("presidio_analyzer",), "pip install presidio-analyzer"),
    ],
)
def test_a_peer_that_is_not_there(
    name: str, modules: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(peers.PeerError, match=said):
        peers.peer(name)


def test_the_engine_and_a_peer_on_the_same_gold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gold = tmp_path / "gold.jsonl"
    spans = [{"start": 0, "end": 2, "label": "NAME"}, {"start": 5, "end": 16, "label": "PHONE"}]
    record = {"id": "n1", "text": TEXT, "spans": spans, "known": {"names": ["江雪"]}}
    gold.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    monkeypatch.setitem(peers.PEERS, "blind", lambda: lambda text: [Span(2, 3, "name", "blind")])
    asked = ["compare", str(gold), "--peer", "blind"]
    result = CliRunner().invoke(app, [*asked, "--json"])
    rows = {row["tool"]: row for row in map(json.loads, result.stdout.splitlines())}
    assert {name: row["recall"] for name, row in rows.items()} == {"medcd": 1.0, "medcd + tables": 1.0, "blind": 0.0}
    assert rows["blind"]["names_per_10k_chars"] == pytest.approx(10_000 / len(TEXT))
    shown = CliRunner().invoke(app, asked).stdout
    assert "blind" in shown and "江雪" not in shown
