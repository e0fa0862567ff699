from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from medcd_platform.contracts.raw import PATIENTS, STAFF
from medcd_platform.lake.certificate import Certificate
from medcd_platform.lake.partition import DepartmentMonth
from medcd_platform.lake.store import Lake
from quality.register import Register, known_elsewhere, read_register, register

PERSON = {
    "patient_id": "00123456",
    "name": "郭向晚",
    "id_number": "11010519491231002X",
    "phone": "13900001234",
    "contact_name": "岳宁",
    "contact_phone": "0571-88880000",
    "insurance_number": "YB-20001234",
    "wechat": None,
}
SHORT = PERSON | {"patient_id": "654321", "name": "白术", "contact_name": "欧阳试验", "phone": "20240105"}


def people(*rows: dict[str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(PERSON, pl.String))


REGISTER = register(
    [
        (PATIENTS, "2024-01", people(PERSON, SHORT)),
        (PATIENTS, "2024-03", people(PERSON | {"name": "郭来日", "phone": "13700007777"})),
        (STAFF, "2024-01", pl.DataFrame({"staff_id": ["S0000017"], "name": ["安晚舟"], "phone": ["13600005555"]})),
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "拨13900001234即可",
        "拨139 0000 1234即可",
        "拨139-0000-1234即可",
        "拨１３９００００１２３４即可",
        "拨8613900001234即可",
        "拨+86 139 0000 1234即可",
        "拨139000\n01234即可",
        "拨幺三九零零零零幺二三四即可",
        "见0571-88880000",
        "见（0571）88880000",
        "见057188880000",
        "见11010519491231002X。",
        "见110105 19491231 002x。",
        "见00123456。",
        "病案号00123456",
        "见YB20001234",
        "见yb-20001234",
        "病案号：654321",  # short, behind a cue
        "联系电话20240105",  # reads as a day, behind a cue
        "工号S0000017",
        "另见患者郭向晚，男",
        "邻床患者郭向晚因腹痛入院",
        "姓名：郭向晚",
        "患者由其女岳宁陪同",
        "联系人：岳宁",
        "签名 岳宁",
        "请岳宁主任会诊",
        "岳宁 主任会诊",
        "主治医师：安晚舟",
        "经安晚舟副主任医师同意",
        "患者张某由其子欧阳试验代诉",
    ],
)
def test_somebody_of_the_hospital(text: str) -> None:
    assert known_elsewhere(pl.DataFrame({"subject_id": ["s"], "text": [text]}), REGISTER, "2024-02") == 1


@pytest.mark.parametrize(
    "text",
    [
        "血压139/80mmHg，白细胞9000，尿量1234ml",
        "拨___即可",
        "入量654321",  # a short number without a cue
        "于20240105入院",  # a day
        "0.13900001234",  # behind a decimal point
        "139.0000.1234.00",
        "向晚时分郭向晚归",  # a name without a cue
        "岳宁静养",
        "给予白术10g，患者白术过敏",  # a word
        "患者岳宁静，精神可",  # another name begins so, and goes on
        "郭来日主任，电话13700007777",  # known only a month later
        "",
        None,
    ],
)
def test_nobody(text: str | None) -> None:
    frame = pl.DataFrame({"subject_id": ["s"], "text": [text]}, schema={"subject_id": pl.String, "text": pl.String})
    assert known_elsewhere(frame, REGISTER, "2024-02") == 0


def test_people_of_later_months_are_known_then() -> None:
    frame = pl.DataFrame({"text": ["郭来日主任", "电话13700007777", "咳嗽"]})
    assert known_elsewhere(frame, REGISTER, "2024-03") == 2


def test_pseudonyms_are_no_texts() -> None:
    assert known_elsewhere(pl.DataFrame({"note_id": ["00123456"], "text": ["咳嗽"]}), REGISTER, "2024-03") == 0


def test_all_published_months_are_read(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for department, month, name in (("cardiology", "2024-02", "郭向晚"), ("neurology", "2024-01", "郭向晚")):
        partition = DepartmentMonth(department, month)
        for table, row in ((PATIENTS, {**PERSON, "name": name}), (STAFF, {"staff_id": "S0000017", "name": "安晚舟"})):
            frame = table.empty().clear(n=1).with_columns(pl.lit(v).alias(k) for k, v in row.items() if v is not None)
            staged = lake.stage(table, partition, frame)
            draft = Certificate("", partition.key, 0, "", "", (), "1", {}, "2024-03-01T00:00:00+00:00")
            lake.publish(table, partition, staged, draft)
    found: Register = read_register(lake)
    assert dict(found.names.iter_rows()) == {"郭向晚": "2024-01", "岳宁": "2024-01", "安晚舟": "2024-01"}
    assert set(found.numbers["_value"]) == {
        "00123456",
        "11010519491231002X",
        "13900001234",
        "057188880000",
        "YB20001234",
        "S0000017",
    }
