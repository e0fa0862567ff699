"""The export's layout: which columns a hospital's systems deliver, in which files and encodings.

What the rows say belongs into `notes`, `laboratory` and `case`; damage into `dirt`. The mapping of these columns to
the platform's contract stands in `sources/demo_hospital`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType

import polars as pl

from medcd_platform.synthetic.dirt import BROKEN, INVALID_BYTES
from medcd_platform.synthetic.notes import Note

# The EMR writes the national standard encoding, the laboratory system UTF-8.
ENCODING = {
    "encounters": "gb18030", "diagnoses": "gb18030", "notes": "gb18030", "medication_orders": "gb18030",
    "dialogues": "gb18030", "lab_results": "utf-8",
}  # fmt: skip
COLUMNS = {
    "encounters": ["JZLSH", "BRBH", "KSDM", "KSMC", "JZLX", "RYSJ", "CYSJ", "BQ", "CWH", "JZH", "ZGYSGH", "LYFS"],
    "diagnoses": ["ZDLSH", "JZLSH", "BRBH", "ZDXH", "ZDBM", "BMTX", "ZDMC", "ZDLX"],
    "notes": ["WSLSH", "JZLSH", "BRBH", "WSLX", "SXYSGH", "SXSJ", "XGSJ", "WSNR"],
    "lab_results": ["JYLSH", "JZLSH", "BRBH", "CYSJ", "XMDM", "XMMC", "JGWB", "JGSZ", "DW", "CKXX", "CKSX", "YCBZ"],
    "medication_orders": ["YZH", "JZLSH", "BRBH", "YPMC", "DCJL", "JLDW", "GYTJ", "SYPC", "KSSJ", "JSSJ"],
    "dialogues": ["DHLSH", "JZLSH", "BRBH", "DHSJ", "DHNR"],
}
PATIENT_COLUMNS = [
    "BRBH",
    "XM",
    "XB",
    "CSRQ",
    "SFZH",
    "LXDH",
    "JTZZ",
    "LXRXM",
    "LXRGX",
    "LXRDH",
    "YBH",
    "GZDW",
    "DZYX",
    "WXH",
    "MZ",
    "HYZK",
    "SWSJ",
]
STAFF_COLUMNS = ["GH", "XM", "KSDM", "ZC", "LXDH"]
NOTE_KINDS = {
    "outpatient_record": "门诊病历", "admission_record": "入院记录", "first_course_note": "首次病程记录",
    "daily_course_note": "日常病程记录", "stage_summary": "阶段小结", "operation_note": "手术记录",
    "discharge_summary": "出院记录", "imaging_report": "检查报告", "pathology_report": "病理报告",
    "nursing_note": "护理记录",
}  # fmt: skip
VISIT_KINDS = {"outpatient": "门诊", "inpatient": "住院", "emergency": "急诊"}
# Characters gathered before a file is written to.
_BUFFER = 1 << 18
_SPANS_PER_FRAME = 50_000


def emr_time(when: datetime) -> str:
    """2024/1/5 8:03:00, as the EMR writes times."""
    return f"{when.year}/{when.month}/{when.day} {when.hour}:{when.minute:02d}:{when.second:02d}"


class TableFile:
    """One CSV file after RFC 4180, written in pieces."""

    def __init__(self, path: Path, table: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._encoding = ENCODING[table]
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self._writer.writerow(COLUMNS[table])
        self.rows = 0

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Appends rows."""
        for row in rows:
            self._writer.writerow(row)
            self.rows += 1
        if self._text.tell() > _BUFFER:
            self._flush()

    def _flush(self) -> None:
        text = self._text.getvalue()
        if BROKEN in text:
            self._file.write(INVALID_BYTES.join(part.encode(self._encoding) for part in text.split(BROKEN)))
        else:
            self._file.write(text.encode(self._encoding))
        self._text.seek(0)
        self._text.truncate()

    def __enter__(self) -> TableFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._flush()
        self._file.close()


class Gold:
    """Gathers marked spans and writes them as Parquet: note_id, start, end, type, text, source."""

    def __init__(self) -> None:
        self._columns: tuple[list[str], list[int], list[int], list[str], list[str], list[str]] = (
            [],
            [],
            [],
            [],
            [],
            [],
        )
        self._frames: list[pl.DataFrame] = []

    def add(self, identifier: str, source: str, text: str, marks: Sequence[tuple[int, int, str]]) -> None:
        """The marks of one note (`source` notes) or talk (dialogues)."""
        ids, starts, ends, types, texts, sources = self._columns
        ids.extend([identifier] * len(marks))
        sources.extend([source] * len(marks))
        starts.extend([mark[0] for mark in marks])
        ends.extend([mark[1] for mark in marks])
        types.extend([mark[2] for mark in marks])
        texts.extend([text[start:end] for start, end, _ in marks])
        if len(ids) > _SPANS_PER_FRAME:
            self._settle()

    def _settle(self) -> None:
        names = {
            "note_id": pl.String, "start": pl.Int32, "end": pl.Int32, "type": pl.String, "text": pl.String,
            "source": pl.String,
        }  # fmt: skip
        data = dict(zip(names, self._columns, strict=True))
        self._frames.append(pl.DataFrame(data, schema=names))
        self._columns = ([], [], [], [], [], [])

    def write(self, path: Path) -> int:
        """Writes all spans; answers how many."""
        self._settle()
        frame = pl.concat(self._frames)
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path, compression="zstd", compression_level=1)
        return frame.height


def note_row(identifier: str, encounter: str, patient: str, note: Note) -> list[str]:
    """A note as the EMR exports it."""
    return [identifier, encounter, patient, NOTE_KINDS[note.kind], note.author, emr_time(note.time), "", note.text]
