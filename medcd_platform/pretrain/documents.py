"""Lays out one de-identified patient's record as one Chinese document, encounters and notes in time order.

Filtering and de-duplicating documents does not belong here, nor does any masking: the tables come from `deid`.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

SEX = {"M": "男", "F": "女"}
ENCOUNTER_TYPE = {"outpatient": "门诊", "inpatient": "住院", "emergency": "急诊"}
DIAGNOSIS_TYPE = {"admission": "入院诊断", "discharge": "出院诊断", "outpatient": "门诊诊断"}
NOTE_TYPE = {
    "outpatient_record": "门诊病历",
    "admission_record": "入院记录",
    "first_course_note": "首次病程记录",
    "daily_course_note": "日常病程记录",
    "stage_summary": "阶段小结",
    "operation_note": "手术记录",
    "discharge_summary": "出院记录",
    "imaging_report": "影像报告",
    "pathology_report": "病理报告",
    "nursing_note": "护理记录",
}
FLAG = {"H": "↑", "L": "↓"}
UNKNOWN = "不详"
OLDEST_BAND = 90

_KEYS = ["subject_id", "encounter_id"]
_MINUTE = "%Y-%m-%d %H:%M"
_COLUMNS = ["subject_id", "split", "text", "encounters", "notes", "chars"]


def build_documents(
    patients: pl.DataFrame,
    encounters: pl.DataFrame,
    diagnoses: pl.DataFrame,
    notes: pl.DataFrame,
    lab_results: pl.DataFrame,
    medication_orders: pl.DataFrame,
    *,
    departments: Mapping[str, str],
) -> pl.DataFrame:
    """One row per patient who has any record: subject_id, split, text, encounters, notes, chars (code points).

    `departments` maps a department's code to its Chinese name; a code that it lacks is written as it is. Rows that
    name an encounter which is not in `encounters` stand under a heading of their own and are not counted as an
    encounter. Rows of a subject who is not in `patients` have no split and are left out, as are blank notes.
    """
    notes = notes.filter(pl.col("text").str.strip_chars() != "")
    sections = [
        _diagnosis_sections(diagnoses),
        _note_sections(notes),
        _laboratory_sections(lab_results),
        _medication_sections(medication_orders),
    ]
    blocks = _with_strays(encounters, sections).sort(
        "subject_id", "stray", "admit_time", "encounter_id", nulls_last=True
    )
    for section in sections:
        blocks = blocks.join(section.drop("since"), on=_KEYS, how="left", maintain_order="left")
    number = pl.int_range(1, pl.len() + 1).over("subject_id")
    title = (
        pl.when("stray")
        .then(pl.lit("## 未归入就诊的记录"))
        .otherwise(
            pl.format(
                "## 第{}次就诊：{}（{}）",
                number,
                pl.col("department").replace(dict(departments)).fill_null(UNKNOWN),
                pl.col("encounter_type").replace(ENCOUNTER_TYPE).fill_null(UNKNOWN),
            )
        )
    )
    by_subject = (
        blocks.with_columns(title=title)
        .with_columns(
            block=pl.concat_str(
                "title",
                _line("就诊时间", pl.col("admit_time").dt.strftime(_MINUTE)),
                _line("离院时间", pl.col("discharge_time").dt.strftime(_MINUTE)),
                _line("年龄", _age(pl.col("age"))),
                _line("转归", pl.col("disposition")),
                "diagnosis_section",
                "note_section",
                "laboratory_section",
                "medication_section",
                separator="\n",
                ignore_nulls=True,
            )
        )
        .group_by("subject_id", maintain_order=True)
        .agg(pl.col("block").str.join("\n\n"), encounters=(~pl.col("stray")).sum().cast(pl.Int32))
    )
    header = pl.format(
        "# 患者 {}\n性别：{}\n年龄段：{}",
        "subject_id",
        pl.col("sex").replace_strict(SEX, default=UNKNOWN, return_dtype=pl.String),
        _age_band(pl.col("anchor_age")),
    )
    counted = notes.group_by("subject_id").agg(notes=pl.len().cast(pl.Int32))
    return (
        patients.join(by_subject, on="subject_id")
        .join(counted, on="subject_id", how="left")
        .with_columns(text=pl.concat_str(header, pl.col("block"), separator="\n\n"), notes=pl.col("notes").fill_null(0))
        .with_columns(chars=pl.col("text").str.len_chars().cast(pl.Int32))
        .select(_COLUMNS)
        .sort("subject_id")
    )


def _with_strays(encounters: pl.DataFrame, sections: list[pl.DataFrame]) -> pl.DataFrame:
    """The encounters, and behind them those that only the other tables name."""
    named = pl.concat([section.select(*_KEYS, "since") for section in sections])
    strays = named.join(encounters, on=_KEYS, how="anti").group_by(_KEYS).agg(admit_time=pl.col("since").min())
    wanted = [*_KEYS, "department", "encounter_type", "admit_time", "discharge_time", "age", "disposition"]
    return pl.concat(
        [
            encounters.select(wanted).with_columns(pl.col("admit_time").cast(pl.Datetime("us")), stray=pl.lit(False)),
            strays.with_columns(pl.col("admit_time").cast(pl.Datetime("us")), stray=pl.lit(True)),
        ],
        how="diagonal",
    )


def _line(name: str, value: pl.Expr) -> pl.Expr:
    return pl.when(value.is_not_null()).then(pl.concat_str(pl.lit(f"{name}："), value))


def _age(age: pl.Expr) -> pl.Expr:
    written = pl.concat_str(age.cast(pl.String), pl.lit("岁"))
    return pl.when(age >= OLDEST_BAND).then(pl.lit(f"{OLDEST_BAND}岁及以上")).otherwise(written)


def _age_band(age: pl.Expr) -> pl.Expr:
    decade = age // 10 * 10
    return (
        pl.when(age >= OLDEST_BAND)
        .then(pl.lit(f"{OLDEST_BAND}岁及以上"))
        .when(age.is_not_null())
        .then(pl.concat_str(decade.cast(pl.String), pl.lit("-"), (decade + 9).cast(pl.String), pl.lit("岁")))
        .otherwise(pl.lit(UNKNOWN))
    )


def _gathered(rows: pl.DataFrame, name: str, heading: str | None) -> pl.DataFrame:
    """Sorted rows (`line`, `since`) as one text per encounter, below its heading."""
    text = pl.col("line").str.join("\n")
    return rows.group_by(_KEYS, maintain_order=True).agg(
        (pl.concat_str(pl.lit(f"### {heading}\n"), text) if heading else text).alias(name),
        since=pl.col("since").min(),
    )


def _diagnosis_sections(diagnoses: pl.DataFrame) -> pl.DataFrame:
    kind = pl.col("diagnosis_type").replace(DIAGNOSIS_TYPE)
    rows = diagnoses.sort(*_KEYS, "sequence", "diagnosis_id").with_columns(
        line=pl.concat_str(
            pl.format("{}. {}（{} {}）", "sequence", "name", pl.col("code_system").str.to_uppercase(), "code"),
            pl.when(kind.is_not_null()).then(pl.concat_str(pl.lit(" "), kind)).otherwise(pl.lit("")),
        ),
        since=pl.lit(None, pl.Datetime("us")),
    )
    return _gathered(rows, "diagnosis_section", "诊断")


def _note_sections(notes: pl.DataFrame) -> pl.DataFrame:
    rows = notes.sort(*_KEYS, "note_time", "note_type", "note_id").with_columns(
        line=pl.format(
            "### {} {}\n{}",
            pl.col("note_type").replace(NOTE_TYPE),
            pl.col("note_time").dt.strftime(_MINUTE),
            pl.col("text").str.strip_chars(),
        ),
        since=pl.col("note_time").cast(pl.Datetime("us")),
    )
    return _gathered(rows, "note_section", None)


def _laboratory_sections(lab_results: pl.DataFrame) -> pl.DataFrame:
    """One line per specimen: `2024-01-05 08:00 钾 3.2 mmol/L ↓ [3.5-5.3]；钠 ...`."""
    low, high = (pl.col(name).cast(pl.String).str.replace(r"\.0$", "") for name in ("reference_low", "reference_high"))
    reference = (
        pl.when(pl.col("reference_low").is_not_null() & pl.col("reference_high").is_not_null())
        .then(pl.format("[{}-{}]", low, high))
        .when(pl.col("reference_high").is_not_null())
        .then(pl.format("[≤{}]", high))
        .when(pl.col("reference_low").is_not_null())
        .then(pl.format("[≥{}]", low))
    )
    flag = pl.col("flag").replace_strict(FLAG, default=None, return_dtype=pl.String)
    rows = (
        lab_results.sort(*_KEYS, "specimen_time", "item_code", "lab_result_id")
        .with_columns(
            item=pl.concat_str("item_name", "value_text", "unit", flag, reference, separator=" ", ignore_nulls=True)
        )
        .group_by(*_KEYS, "specimen_time", maintain_order=True)
        .agg(pl.col("item").str.join("；"))
        .with_columns(
            line=pl.format("{} {}", pl.col("specimen_time").dt.strftime(_MINUTE), "item"),
            since=pl.col("specimen_time").cast(pl.Datetime("us")),
        )
    )
    return _gathered(rows, "laboratory_section", "检验")


def _medication_sections(orders: pl.DataFrame) -> pl.DataFrame:
    dose = pl.concat_str(pl.col("dose").cast(pl.String).str.replace(r"\.0$", ""), pl.col("dose_unit").fill_null(""))
    start = pl.col("start_time").dt.strftime(_MINUTE)
    end = pl.col("end_time").dt.strftime(_MINUTE)
    span = pl.when(end.is_not_null()).then(pl.format("{} 至 {}", start, end)).otherwise(pl.format("{} 起", start))
    rows = orders.sort(*_KEYS, "start_time", "order_id").with_columns(
        line=pl.concat_str(
            pl.lit("-"), "drug_name", dose, "route", "frequency", span, separator=" ", ignore_nulls=True
        ),
        since=pl.col("start_time").cast(pl.Datetime("us")),
    )
    return _gathered(rows, "medication_section", "用药")
