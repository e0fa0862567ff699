"""Reads one headed section out of a Chinese clinical note. What is done with it belongs to the tasks."""

from __future__ import annotations

import re

# After 病历书写基本规范 (2010) and the headings hospitals put beside its own.
HEADINGS = (
    "主诉|现病史|既往史|个人史|婚育史|婚姻史|月经史|家族史|过敏史|体格检查|专科检查|专科情况|查体|辅助检查|"
    "初步诊断|入院诊断|出院诊断|修正诊断|诊断|病例特点|诊断依据|鉴别诊断|诊疗计划|诊治计划|入院情况|入院时情况|"
    "诊疗经过|诊治经过|出院情况|出院时情况|出院医嘱|出院带药|处理意见|处理|处置|医师签名|医生签名"
)
_HEADING = re.compile(rf"(?:^|(?<=[\n。；\s]))[ \t　]*(?:【[ ]?({HEADINGS})[ ]?】[ ]?[:：]?|({HEADINGS})[ ]?[:：])")


def section(text: str, *names: str) -> str:
    """The text below the first filled heading of `names`, up to the next heading; empty if there is none."""
    found = list(_HEADING.finditer(text))
    for position, heading in enumerate(found):
        if (heading[1] or heading[2]) in names:
            end = found[position + 1].start() if position + 1 < len(found) else len(text)
            if content := text[heading.end() : end].strip():
                return content
    return ""
