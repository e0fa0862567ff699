"""The pretraining table: one document per patient. How a document is laid out is in `medcd_platform.pretrain`."""

from __future__ import annotations

from medcd_platform.contracts.column import INTEGER, TEXT, Column, Phi, Table, Zone
from medcd_platform.contracts.deid import SPLIT, SUBJECT

DOCUMENTS = Table(
    "pretrain_documents",
    Zone.RESEARCH,
    "Pretraining documents, one per patient, all encounters and notes in time order",
    "预训练文档：每位患者一篇，按时间排列全部就诊与病历",
    (
        SUBJECT,
        SPLIT,
        Column("text", TEXT, Phi.NONE, "The document, Markdown headings", "文档正文"),
        Column("encounters", INTEGER, Phi.NONE, "Encounters in the document", "就诊次数"),
        Column("notes", INTEGER, Phi.NONE, "Notes in the document", "病历份数"),
        Column("chars", INTEGER, Phi.NONE, "Length of the text", "字符数", unit="code points"),
    ),
    ("subject_id",),
)

PRETRAIN_TABLES = (DOCUMENTS,)
