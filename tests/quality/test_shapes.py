from __future__ import annotations

import polars as pl
import pytest

from quality.shapes import CERTAIN, NAME_FIELDS, NAME_FIELDS_ALLOWED, rules, shapes_left


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("身份证11010519491231002X。", "id_numbers_left"),
        ("身份证110105 19491231 002x", "id_numbers_left"),
        ("身份证１１０１０５１９４９１２３１００２Ｘ", "id_numbers_left"),
        ("身份证110105491231002", "id_numbers_left"),
        ("拨13900001234即可", "phones_left"),
        ("拨139 0000 1234即可", "phones_left"),
        ("拨139-0000-1234", "phones_left"),
        ("拨1390 000 1234", "phones_left"),
        ("拨+8613900001234", "phones_left"),
        ("拨１３９００００１２３４", "phones_left"),
        ("拨幺三九零零零零幺二三四", "phones_left"),
        ("座机0571-88880000", "phones_left"),
        ("座机（010）8888 0000", "phones_left"),
        ("座机057188880000", "phones_left"),
        ("邮箱somebody@mail.cn", "emails_left"),
        ("邮箱somebody＠mail．cn", "emails_left"),
        ("见https://hospital.cn/p/7", "network_addresses_left"),
        ("见www.hospital.cn", "network_addresses_left"),
        ("主机192.168.1.20登录", "network_addresses_left"),
        ("驾浙A·12345被撞", "plates_left"),
        ("驾粤BD12345被撞", "plates_left"),
        ("卡号6222 0000 0000 0009", "cards_left"),
        ("卡号6222-0000-0000-0000-012", "cards_left"),
        ("设备号9900000000000001", "long_numbers_left"),
        ("患者93岁", "ages_left"),
        ("患者 101 岁", "ages_left"),
        ("患者九十三岁", "ages_left"),
        ("年龄：95", "ages_left"),
        ("a 93-year-old woman", "ages_left"),
        ("家住浙江省杭州市西湖区文三路12号3幢201室", "addresses_left"),
        ("家住西湖区文三路12号", "addresses_left"),
        ("家住青田县船寮镇大路村3组", "addresses_left"),
    ],
)
def test_a_certain_shape(text: str, rule: str) -> None:
    figures = shapes_left(pl.DataFrame({"subject_id": ["s"], "text": [text]}))
    assert figures[rule] == 1
    # A card's number is a number, and so may be a resident ID.
    assert {name for name, n in figures.items() if n} <= {rule, "long_numbers_left"}


@pytest.mark.parametrize(
    "text",
    [
        "血压139/80mmHg，白细胞9.13×10^9/L，HBV-DNA 12500000 IU/ml，3.3333333333333335",
        "2025-01-14 08:30:00 体温36.5℃，尿量1300ml 1400ml 1500ml 1600ml",
        "CA19-9 1380.55 U/mL，D-二聚体0.13912345678",
        "电话___，身份证号：___，90岁，年龄：90",
        "电话10055550123，身份证号00010519491231002X",  # begins as no number does
        "邮箱ab12cd34@example.invalid，主机192.0.2.1，https://example.invalid/",
        "批号6222 0000 0000 0001",  # a wrong check digit
        "第1.2.3.4条，左室射血分数91%，SpO2 98%，心率93次/分",
        "头孢曲松2.0g qd，青霉素，新B12注射液",
        "病区东侧，胸椎T10区，右肺上叶前段12号支架",
        "100mg po bid，V@0.4，q12h",
        "既往于___省___市就诊，住___路___号",
        "父亲90余岁，病程95天，93.5kg，101房",
        "",
        None,
    ],
)
def test_no_shape(text: str | None) -> None:
    frame = pl.DataFrame({"subject_id": ["s"], "text": [text]}, schema={"subject_id": pl.String, "text": pl.String})
    assert not any(shapes_left(frame).values())


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("姓名：王向晚 性别：男", 1),
        ("患者王向晚，男，50岁", 1),
        ("患者王向晚因腹痛入院", 1),
        ("经李晚主任查房", 0),  # the engine's; here a beginning is wanted
        ("。李晚主任查房", 1),
        ("签名：周晚舟\n审核：吴晚", 2),
        ("姓名：___，患者___，___主任", 0),
        ("姓名：王某", 0),
        ("患者：好的，谢谢医生。", 0),
        ("患者高热，马上处理", 0),
        ("患者金属感，白班护士", 0),
    ],
)
def test_fields_of_names(text: str, fields: int) -> None:
    assert shapes_left(pl.DataFrame({"text": [text]}))[NAME_FIELDS] == pytest.approx(fields / 10)


def test_fields_of_names_are_a_share() -> None:
    long = pl.DataFrame({"text": ["姓名：王向晚", *["咳嗽咳痰三天。" * 100] * 1_000]})
    share = shapes_left(long)[NAME_FIELDS]
    assert share == pytest.approx(10_000 / (700_000 + 6))
    assert share < NAME_FIELDS_ALLOWED


def test_codes_of_catalogues_and_pseudonyms_are_not_looked_at() -> None:
    frame = pl.DataFrame({"note_id": ["1390000123411111"], "item_code": ["13900001234"], "code": ["9900000000000001"]})
    assert not any(shapes_left(frame).values())
    assert shapes_left(frame.rename({"code": "unit"}))["long_numbers_left"] == 1


def test_rows_are_counted() -> None:
    figures = shapes_left(pl.DataFrame({"unit": ["13900001234", "13900001234", "mg"]}))
    assert figures["phones_left"] == 2


def test_each_shape_has_its_rule() -> None:
    assert [rule.name for rule in rules()] == [*CERTAIN, NAME_FIELDS]
