"""Other tools' findings in the same form as the engine's, so that they are measured on the same gold.

Each peer is a library that its user installs and that runs without a network; none is needed by the platform. Scoring
belongs into `scoring`, the command into `medcd_platform.deid_compare`.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

from medcd_platform.contracts.errors import PlainError
from medcd_platform.deid.span import Span

Find = Callable[[str], list[Span]]


class PeerError(PlainError):
    """A peer can't be run; the message names the package to install."""


def _module(name: str, package: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise PeerError(f"{package} is not installed: `pip install {package}`, or leave this peer out") from None


def _jieba() -> Find:
    """jieba 0.42's part-of-speech tagger: nr are persons, ns places, nt organisations."""
    jieba = _module("jieba", "jieba")
    jieba.setLogLevel(logging.ERROR)
    tagger = _module("jieba.posseg", "jieba").POSTokenizer(jieba.dt)
    types = {"nr": "name", "nrt": "name", "nrfg": "name", "ns": "address", "nt": "employer"}

    def find(text: str) -> list[Span]:
        spans, at = [], 0
        for word, flag in tagger.cut(text):
            if flag in types:
                spans.append(Span(at, at + len(word), types[flag], "jieba"))
            at += len(word)
        return spans

    return find


def _presidio() -> Find:
    """Presidio Analyzer with its stock recognizers for Chinese and a blank spaCy pipeline: models aren't on PyPI."""
    analyzer = _module("presidio_analyzer", "presidio-analyzer")
    nlp = _module("presidio_analyzer.nlp_engine", "presidio-analyzer")
    spacy = _module("spacy", "spacy")
    domains = _module("tldextract.tldextract", "tldextract")
    # Without an address it takes the list of domains that it ships, and asks no network.
    domains.TLD_EXTRACTOR = domains.TLDExtract(cache_dir=None, suffix_list_urls=())
    engine = nlp.SpacyNlpEngine(models=[{"lang_code": "zh", "model_name": "blank"}])
    engine.nlp = {"zh": spacy.blank("zh")}
    registry = analyzer.RecognizerRegistry(supported_languages=["zh"])
    registry.load_predefined_recognizers(languages=["zh"])
    stock = analyzer.AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["zh"])
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    types = {
        "DATE_TIME": "date",
        "EMAIL_ADDRESS": "email",
        "IP_ADDRESS": "url",
        "URL": "url",
        "PHONE_NUMBER": "phone",
        "MAC_ADDRESS": "device",
        "PERSON": "name",
        "LOCATION": "address",
        "CREDIT_CARD": "bank",
        "IBAN_CODE": "bank",
    }

    def find(text: str) -> list[Span]:
        return [Span(r.start, r.end, types.get(r.entity_type, "number"), "presidio") for r in stock.analyze(text, "zh")]

    return find


def _jionlp() -> Find:
    """JioNLP's extractors for phones, resident IDs, e-mail, IP, plates, QQ, WeChat and URLs."""
    with contextlib.redirect_stdout(None):  # it greets whoever imports it
        jionlp = _module("jionlp", "jionlp")
    types = {
        "extract_phone_number": "phone",
        "extract_id_card": "id_number",
        "extract_email": "email",
        "extract_ip_address": "url",
        "extract_motor_vehicle_licence_plate": "plate",
        "extract_qq": "account",
        "extract_wechat_id": "account",
        "extract_url": "url",
    }

    def find(text: str) -> list[Span]:
        # Its own offsets fail for some addresses of mail (1.5.31), so that what it names is looked for.
        return [
            Span(match.start(), match.end(), kind, "jionlp")
            for name, kind in types.items()
            for value in set(getattr(jionlp, name)(text))
            for match in re.finditer(re.escape(value), text)
        ]

    return find


PEERS: dict[str, Callable[[], Find]] = {"presidio": _presidio, "jieba": _jieba, "jionlp": _jionlp}


def peer(name: str) -> Find:
    """The finder of a peer; its spans are in order and don't overlap.

    Raises:
        PeerError: the peer is unknown or not installed.
    """
    if name not in PEERS:
        raise PeerError(f"{name} is no known peer; name one of {', '.join(PEERS)}")
    found = PEERS[name]()
    return lambda text: list(_apart(sorted(found(text))))


def _apart(spans: list[Span]) -> Iterator[Span]:
    """Overlapping spans as one, of the first one's type."""
    last: Span | None = None
    for span in spans:
        if last is not None and span.start < last.end:
            last = last._replace(end=max(last.end, span.end))
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last
