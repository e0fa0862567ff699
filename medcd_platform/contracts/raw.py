"""The tables that a source delivers, in the identified zone: one entry per column.

Ingestion, the gates, the data dictionary and the column schema in the Dagster UI all read this module. What
de-identification makes of these tables is in `deid`.
"""

from __future__ import annotations

from medcd_platform.contracts.column import DATE, INTEGER, NUMBER, TEXT, TIME, Column, Phi, Table, Zone

# Begins the name of the rule under which a row lies in quarantine because the one that it refers to does.
FOLLOWS = "follows:"
SEXES = ("M", "F", "U")
ENCOUNTER_TYPES = ("outpatient", "inpatient", "emergency")
CODE_SYSTEMS = ("icd10", "icd9")
DIAGNOSIS_TYPES = ("admission", "discharge", "outpatient")
FLAGS = ("H", "L", "N")
NOTE_TYPES = (
    "outpatient_record",
    "admission_record",
    "first_course_note",
    "daily_course_note",
    "stage_summary",
    "operation_note",
    "discharge_summary",
    "imaging_report",
    "pathology_report",
    "nursing_note",
)

_PATIENT = Column("patient_id", TEXT, Phi.PATIENT_KEY, "Patient's medical record number", "患者病案号")
_ENCOUNTER = Column("encounter_id", TEXT, Phi.ENCOUNTER_KEY, "Visit or admission number", "就诊流水号")


def _raw(name: str, en: str, zh: str, *columns: Column, key: str, references: dict[str, str] | None = None) -> Table:
    sort = ("patient_id", key) if any(c.name == "patient_id" for c in columns) and key != "patient_id" else (key,)
    return Table(f"raw_{name}", Zone.IDENTIFIED, en, zh, columns, (key,), sort, references)


PATIENTS = _raw(
    "patients",
    "Patients with an encounter in the partition, with all that identifies them",
    "本分区就诊患者及其身份信息",
    _PATIENT,
    Column("name", TEXT, Phi.NAME, "Full name", "姓名"),
    Column("sex", TEXT, Phi.CODE, "Sex", "性别", codes=SEXES),
    Column("birth_date", DATE, Phi.BIRTH_DATE, "Date of birth", "出生日期"),
    Column("id_number", TEXT, Phi.CONTACT, "Resident identity number (GB 11643)", "居民身份证号", True),
    Column("phone", TEXT, Phi.CONTACT, "Telephone number", "联系电话", True),
    Column("address", TEXT, Phi.CONTACT, "Home address", "家庭住址", True),
    Column("contact_name", TEXT, Phi.NAME, "Contact person's full name", "联系人姓名", True),
    Column("contact_relation", TEXT, Phi.NONE, "Contact person's relation to the patient", "联系人关系", True),
    Column("contact_phone", TEXT, Phi.CONTACT, "Contact person's telephone number", "联系人电话", True),
    Column("insurance_number", TEXT, Phi.CONTACT, "Health insurance number", "医保号", True),
    Column("employer", TEXT, Phi.CONTACT, "Employer or school", "工作单位", True),
    Column("email", TEXT, Phi.CONTACT, "E-mail address", "电子邮箱", True),
    Column("wechat", TEXT, Phi.CONTACT, "WeChat identifier", "微信号", True),
    Column("ethnicity", TEXT, Phi.CONTACT, "Ethnic group", "民族", True),
    Column("marital_status", TEXT, Phi.CODE, "Marital status", "婚姻状况", True),
    Column("death_time", TIME, Phi.EVENT_TIME, "Time of death", "死亡时间", True),
    key="patient_id",
)

ENCOUNTERS = _raw(
    "encounters",
    "Outpatient visits, emergency visits and admissions",
    "门诊、急诊与住院就诊",
    _ENCOUNTER,
    _PATIENT,
    Column("department", TEXT, Phi.CODE, "Department, a code of hospital.yaml", "科室代码"),
    Column("encounter_type", TEXT, Phi.CODE, "Kind of encounter", "就诊类型", codes=ENCOUNTER_TYPES),
    Column("admit_time", TIME, Phi.EVENT_TIME, "Start of the encounter", "入院或就诊时间"),
    Column("discharge_time", TIME, Phi.EVENT_TIME, "End of the encounter", "出院时间", True),
    Column("ward", TEXT, Phi.CONTACT, "Ward", "病区", True),
    Column("bed_number", TEXT, Phi.CONTACT, "Bed", "床号", True),
    Column(
        "visit_number",
        TEXT,
        Phi.CONTACT,
        "Outpatient or inpatient number on the record",
        "门诊号或住院号",
        True,
    ),
    Column("attending_staff_id", TEXT, Phi.STAFF_KEY, "Responsible physician", "主管医师工号", True),
    Column("disposition", TEXT, Phi.FREE_TEXT, "Where the patient went afterwards", "离院方式", True),
    key="encounter_id",
    references={"patient_id": "raw_patients"},
)

_EVENT_REFERENCES = {"patient_id": "raw_patients", "encounter_id": "raw_encounters"}

DIAGNOSES = _raw(
    "diagnoses",
    "Coded diagnoses of an encounter",
    "就诊诊断",
    Column("diagnosis_id", TEXT, Phi.RECORD_KEY, "Row identifier", "诊断记录号"),
    _ENCOUNTER,
    _PATIENT,
    Column("sequence", INTEGER, Phi.CODE, "Rank, 1 is the principal diagnosis", "诊断序号"),
    Column("code", TEXT, Phi.CODE, "Diagnosis code", "诊断编码"),
    Column("code_system", TEXT, Phi.CODE, "Coding system", "编码体系", codes=CODE_SYSTEMS),
    Column("name", TEXT, Phi.FREE_TEXT, "Diagnosis as written", "诊断名称"),
    Column(
        "diagnosis_type",
        TEXT,
        Phi.CODE,
        "When the diagnosis was made",
        "诊断类型",
        True,
        codes=DIAGNOSIS_TYPES,
    ),
    key="diagnosis_id",
    references=_EVENT_REFERENCES,
)

NOTES = _raw(
    "notes",
    "All free text: records, course notes, summaries, reports, nursing notes",
    "全部文本病历",
    Column("note_id", TEXT, Phi.RECORD_KEY, "Document identifier", "文书号"),
    _ENCOUNTER,
    _PATIENT,
    Column("note_type", TEXT, Phi.CODE, "Kind of note", "文书类型", codes=NOTE_TYPES),
    Column("author_staff_id", TEXT, Phi.STAFF_KEY, "Author", "书写者工号", True),
    Column("note_time", TIME, Phi.EVENT_TIME, "Time of the note", "书写时间"),
    Column("updated_time", TIME, Phi.EVENT_TIME, "Time of the last correction", "最后修改时间", True),
    Column("text", TEXT, Phi.FREE_TEXT, "Text of the note", "正文"),
    key="note_id",
    references=_EVENT_REFERENCES,
)

LAB_RESULTS = _raw(
    "lab_results",
    "Laboratory results, one row per measured item",
    "检验结果",
    Column("lab_result_id", TEXT, Phi.RECORD_KEY, "Row identifier", "检验结果号"),
    _ENCOUNTER,
    _PATIENT,
    Column("specimen_time", TIME, Phi.EVENT_TIME, "Time of the specimen", "采样时间"),
    Column("item_code", TEXT, Phi.CODE, "Laboratory's item code", "检验项目代码"),
    Column("item_name", TEXT, Phi.NONE, "Item's name", "检验项目名称"),
    Column("value_text", TEXT, Phi.FREE_TEXT, "Result as reported", "结果原文"),
    Column("value_number", NUMBER, Phi.CODE, "Result as a number", "数值结果", True, unit="as in column unit"),
    Column("unit", TEXT, Phi.CODE, "Unit of the result", "单位", True),
    Column("reference_low", NUMBER, Phi.CODE, "Lower reference limit", "参考下限", True, unit="as in column unit"),
    Column(
        "reference_high",
        NUMBER,
        Phi.CODE,
        "Upper reference limit",
        "参考上限",
        True,
        unit="as in column unit",
    ),
    Column("flag", TEXT, Phi.CODE, "Above, below or within the range", "异常标志", True, codes=FLAGS),
    key="lab_result_id",
    references=_EVENT_REFERENCES,
)

MEDICATION_ORDERS = _raw(
    "medication_orders",
    "Drug orders",
    "用药医嘱",
    Column("order_id", TEXT, Phi.RECORD_KEY, "Row identifier", "医嘱号"),
    _ENCOUNTER,
    _PATIENT,
    Column("drug_name", TEXT, Phi.FREE_TEXT, "Drug as ordered", "药品名称"),
    Column("dose", NUMBER, Phi.CODE, "Single dose", "单次剂量", True, unit="as in column dose_unit"),
    Column("dose_unit", TEXT, Phi.CODE, "Unit of the dose", "剂量单位", True),
    Column("route", TEXT, Phi.CODE, "Route of administration", "给药途径", True),
    Column("frequency", TEXT, Phi.CODE, "Frequency as ordered", "用药频次", True),
    Column("start_time", TIME, Phi.EVENT_TIME, "Start of the order", "开始时间"),
    Column("end_time", TIME, Phi.EVENT_TIME, "End of the order", "结束时间", True),
    key="order_id",
    references=_EVENT_REFERENCES,
)

STAFF = _raw(
    "staff",
    "The hospital's staff as of the partition",
    "医务人员",
    Column("staff_id", TEXT, Phi.STAFF_KEY, "Staff number", "工号"),
    Column("name", TEXT, Phi.NAME, "Full name", "姓名"),
    Column(
        "department",
        TEXT,
        Phi.CODE,
        "Department, a code of hospital.yaml; null for others",
        "科室代码，其他科室为空",
        True,
    ),
    Column("title", TEXT, Phi.CODE, "Professional title", "职称", True),
    Column("phone", TEXT, Phi.CONTACT, "Telephone number", "电话", True),
    key="staff_id",
)

DIALOGUES = _raw(
    "dialogues",
    "Triage talks between patient and physician, turn by turn",
    "医患导诊对话",
    Column("dialogue_id", TEXT, Phi.RECORD_KEY, "Dialogue identifier", "对话号"),
    _ENCOUNTER,
    _PATIENT,
    Column("dialogue_time", TIME, Phi.EVENT_TIME, "Start of the talk", "对话时间"),
    Column("text", TEXT, Phi.FREE_TEXT, "Turns, one a line, speaker first", "对话内容"),
    key="dialogue_id",
    references=_EVENT_REFERENCES,
)

_ANNOTATION = ("note_id", "start", "end", "type")

ANNOTATIONS = Table(
    "raw_annotations",
    Zone.IDENTIFIED,
    "Mentions of clinical entities that annotators marked in notes",
    "病历文本实体标注",
    (
        NOTES.column("note_id"),
        Column("start", INTEGER, Phi.CODE, "Place of the mention's first character", "起始位置", unit="code points"),
        Column("end", INTEGER, Phi.CODE, "Place behind its last character", "结束位置", unit="code points"),
        Column("type", TEXT, Phi.CODE, "Type of entity as the annotators name it", "实体类型"),
        # Not `text`: in columns of that name the leak gate looks for dates of the patient.
        Column("mention", TEXT, Phi.FREE_TEXT, "The marked characters", "标注文本"),
    ),
    key=_ANNOTATION,
    sort=_ANNOTATION,
    references={"note_id": "raw_notes"},
)

# In the order in which references can be checked: patients before encounters before events.
RAW_TABLES = (PATIENTS, ENCOUNTERS, DIAGNOSES, NOTES, LAB_RESULTS, MEDICATION_ORDERS, STAFF, DIALOGUES, ANNOTATIONS)
