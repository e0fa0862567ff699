"""What the labels of identifiers are called, in Chinese and English, for people who review or read a report.

Which labels there are is in `evaluation.gold`, which of the engine's types becomes which label in `span`.
"""

from __future__ import annotations

# Label -> Chinese, English.
LABEL_NAMES: dict[str, tuple[str, str]] = {
    "NAME": ("姓名", "names of persons"),
    "PHONE": ("电话", "phone numbers"),
    "ID": ("证件号", "ID documents"),
    "MRN": ("病历及检查编号", "record and examination numbers"),
    "BED": ("床号", "bed numbers"),
    "ADDRESS": ("地址", "addresses and places"),
    "HOSPITAL": ("其他医疗机构", "other hospitals"),
    "ORG": ("工作单位或学校", "employers and schools"),
    "DATE": ("日期", "dates"),
    "AGE": ("89岁以上年龄", "ages above 89"),
    "EMAIL": ("电子邮箱", "e-mail addresses"),
    "ACCOUNT": ("账号（医保、微信等）", "accounts (insurance, WeChat)"),
    "PLATE": ("车牌", "licence plates"),
    "BANK": ("银行卡号", "bank accounts"),
    "DEVICE": ("器械序列号", "device serial numbers"),
    "URL": ("网址及IP地址", "URLs and IP addresses"),
}
