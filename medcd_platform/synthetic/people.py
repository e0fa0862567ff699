"""People: patients, their relatives, the hospital's staff, and where they live and work.

Every name is composed by chance. Identity numbers carry a region that does not exist (99), telephone numbers a
range that is not assigned, so that neither belongs to anybody. When people come and why belongs into `course`.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random

from medcd_platform.synthetic.chance import pick, stream

_SURNAMES = (
    "王:72 李:71 张:68 刘:54 陈:45 杨:31 赵:23 黄:22 周:21 吴:20 徐:17 孙:15 胡:13 朱:13 高:12 林:12 "
    "何:12 郭:12 马:12 罗:10 "
    "梁:10 宋:9 郑:9 谢:9 韩:8 唐:8 冯:7 于:7 董:7 萧:6 程:6 曹:6 袁:6 邓:6 许:6 傅:5 沈:5 曾:5 彭:5 "
    "吕:5 苏:5 卢:5 蒋:5 蔡:5 贾:4 丁:4 "
    "魏:4 薛:4 叶:4 阎:4 余:4 潘:4 杜:4 戴:3 夏:3 钟:3 汪:3 田:3 任:3 姜:3 范:3 方:3 石:3 姚:3 谭:3 "
    "廖:3 邹:3 熊:3 金:3 陆:3 郝:3 孔:2 白:2 "
    "崔:2 康:2 毛:2 邱:2 秦:2 江:2 史:2 顾:2 侯:2 邵:2 孟:2 龙:2 万:2 段:2 雷:2 钱:2 汤:2 尹:2 黎:1 "
    "易:1 常:1 武:1 乔:1 贺:1 赖:1 龚:1 文:1 "
    "庞:1 樊:1 兰:1 殷:1 施:1 陶:1 洪:1 翟:1 安:1 颜:1 倪:1 严:1 牛:1 温:1 芦:1 季:1 俞:1 章:1 鲁:1 "
    "葛:1 伍:1 韦:1 申:1 尤:1 毕:1 聂:1 丛:1 "
    "焦:1 向:1 柳:1 邢:1 路:1 岳:1 齐:1 梅:1 莫:1 庄:1 辛:1 管:1 祝:1 左:1 涂:1 谷:1 祁:1 时:1 舒:1 "
    "耿:1 牟:1 卜:1 詹:1 关:1 苗:1 "
    "凌:1 费:1 纪:1 靳:1 盛:1 童:1 欧:1 甄:1 项:1 曲:1 成:1 游:1 阳:1 裴:1 席:1 卫:1 查:0.5 屈:1 鲍:1 "
    "位:0.2 覃:1 霍:1 翁:1 隋:1 "
    "欧阳:2 上官:0.4 司马:0.4 诸葛:0.3 东方:0.1 皇甫:0.2 尉迟:0.1 令狐:0.2 司徒:0.3 慕容:0.1 夏侯:0.1 "
    "仝:0.2 亓:0.2 逄:0.2 仉:0.1 宓:0.1 "
    "幸:0.2 乐:0.2 单:0.5 解:0.4 仇:0.3 朴:0.4 区:0.2 员:0.1 盖:0.2 郄:0.1 昝:0.2 佘:0.2 缪:0.2 晁:0.1 郜:0.2"
)
_MALE_OLD = "建国军民华明文志德福贵生树林海山玉金永成永忠义春正根全宝清长庆祥富财发荣新平学书廷国保良友才世云江占振喜连"
_FEMALE_OLD = "秀英兰珍芳桂凤玉梅淑荣华云琴素珍翠莲香爱菊美珠春桃彩仙金娥霞巧月惠芝贞清红花枝英妹"
_MALE_NEW = "伟强磊军洋勇杰涛超鹏飞浩宇轩泽子睿俊博文昊天明哲嘉毅航辰晨皓然一鸣思远瑞霖凯旭东阳海龙斌峰宁翔帅健楠坤"
_FEMALE_NEW = "芳娜敏静丽艳娟霞燕婷雪慧倩莹琳欣怡佳颖梦涵诗雨子涵梓萱思琪可馨语桐晓丹宁悦然妍璐瑶蕾洁薇媛晶若曦安"
_RARE = "喆垚淼赟燊彧翀曌琭㛃䶮昇堃珺甯鑫犇翙瑀婳嫚旻玥祎𬭎𬍛𫖯弢"
_UYGHUR = (
    "阿卜杜拉",
    "买买提",
    "艾尼瓦尔",
    "古丽娜尔",
    "阿依古丽",
    "吐尔逊",
    "热依汗",
    "帕提古丽",
    "玉素甫",
    "阿力木",
    "木合塔尔",
    "迪丽努尔",
)
_TIBETAN = ("扎西", "次仁", "卓玛", "多吉", "平措", "央金", "旺堆", "拉姆", "索朗", "德吉", "尼玛", "白玛")
_MONGOL = (
    "巴特尔", "乌云其其格", "苏和", "格日勒", "娜仁托娅", "哈斯", "那日苏", "萨仁高娃", "阿拉坦",
    "斯琴",
)  # fmt: skip
_PROVINCES = [
    "河北省",
    "山西省",
    "辽宁省",
    "吉林省",
    "黑龙江省",
    "江苏省",
    "浙江省",
    "安徽省",
    "福建省",
    "江西省",
    "山东省",
    "河南省",
    "湖北省",
    "湖南省",
    "广东省",
    "四川省",
    "贵州省",
    "云南省",
    "陕西省",
    "甘肃省",
    "内蒙古自治区",
    "广西壮族自治区",
]
_PLACE = "清远安平长宁永和新丰顺昌临河东阳华兴石桥云泉溪林川江海山白龙金城南北西福康定武广德化成文嘉礼义仁"
_ROADS = (
    "人民路",
    "解放路",
    "建设路",
    "中山路",
    "和平大街",
    "新华街",
    "胜利路",
    "文化路",
    "学府路",
    "长江道",
    "幸福巷",
    "车站街",
    "滨河路",
    "光明街",
)
_ESTATES = (
    "阳光花园",
    "金色家园",
    "锦绣苑",
    "幸福里小区",
    "翠湖名都",
    "东方新城",
    "丽景湾",
    "康乐小区",
    "水木年华",
    "家属院",
    "机械厂宿舍",
    "滨江壹号",
)
_TRADES = (
    "机械制造有限公司",
    "纺织厂",
    "建筑工程公司",
    "化工股份有限公司",
    "食品有限公司",
    "物流有限公司",
    "科技有限公司",
    "供电所",
    "农商银行",
    "汽车运输公司",
    "煤矿",
    "印刷厂",
)
_HOSPITALS = [
    "市人民医院",
    "市第一人民医院",
    "市第二医院",
    "市中医医院",
    "市中心医院",
    "县人民医院",
    "县医院",
    "县中医院",
    "县妇幼保健院",
    "区人民医院",
    "镇卫生院",
    "镇中心卫生院",
    "市肿瘤医院",
    "市第三人民医院",
    "市儿童医院",
    "社区卫生服务中心",
    "市骨科医院",
]
_MOBILE = ("154", "160", "161", "163", "164", "168", "169", "179")
_LANDLINE = ("0300", "0301", "0302", "0303", "0304", "0305")
_MAIL = ("example.com", "mail.example.cn", "post.example.com", "example.net")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_PINYIN = [
    "wang",
    "li",
    "zhang",
    "liu",
    "chen",
    "yang",
    "zhao",
    "huang",
    "zhou",
    "wu",
    "xu",
    "sun",
    "hu",
    "zhu",
    "gao",
    "lin",
    "he",
    "guo",
    "ma",
    "luo",
    "xiao",
    "jing",
    "hao",
    "yu",
    "wei",
    "fang",
    "na",
    "lei",
    "jun",
    "ting",
    "bo",
    "yan",
    "hui",
    "ping",
    "rui",
]
_GROUPS = ("回族", "满族", "壮族", "苗族", "土家族", "彝族", "朝鲜族", "侗族", "瑶族", "白族")


@lru_cache(maxsize=1)
def _surnames() -> tuple[tuple[str, ...], tuple[float, ...]]:
    pairs = [entry.split(":") for entry in _SURNAMES.split()]
    return tuple(p[0] for p in pairs), tuple(accumulate(float(p[1]) for p in pairs))


def surname(rng: Random) -> str:
    """A surname, as frequent as surnames are."""
    names, totals = _surnames()
    return names[bisect(totals, rng.random() * totals[-1])]


def given_name(rng: Random, sex: str, birth_year: int) -> str:
    """One or two given characters of the fashion of the year, rarely with a rare character."""
    new = birth_year > 1978
    pool = (_MALE_NEW if new else _MALE_OLD) if sex == "M" else (_FEMALE_NEW if new else _FEMALE_OLD)
    first = pick(rng, pool)
    if rng.random() < 0.015:
        first = pick(rng, _RARE)
    if rng.random() < (0.3 if 1965 < birth_year < 1995 else 0.12):
        return first
    return first + pick(rng, pool)


def full_name(rng: Random, sex: str, birth_year: int, family: str | None = None) -> tuple[str, str]:
    """A name and the ethnic group."""
    if family is None and rng.random() < 0.02:
        draw = rng.random()
        if draw < 0.4:
            return f"{pick(rng, _UYGHUR)}·{pick(rng, _UYGHUR)}", "维吾尔族"
        if draw < 0.7:
            return pick(rng, _TIBETAN) + pick(rng, _TIBETAN), "藏族"
        return pick(rng, _MONGOL), "蒙古族"
    group = "汉族" if rng.random() < 0.94 else pick(rng, _GROUPS)
    return (family or surname(rng)) + given_name(rng, sex, birth_year), group


def mobile(rng: Random) -> str:
    """A mobile number of a range that is not assigned."""
    return pick(rng, _MOBILE) + f"{int(rng.random() * 100_000_000):08d}"


def landline(rng: Random) -> str:
    """A landline number with an area code that does not exist."""
    return f"{pick(rng, _LANDLINE)}-{2000000 + int(rng.random() * 6999999)}"


def identity_number(rng: Random, birth: date, sex: str) -> str:
    """18 characters after GB 11643 with the impossible region 99; about one check digit in six is wrong."""
    order = int(rng.random() * 499) * 2 + (1 if sex == "M" else 2)
    body = f"99{int(rng.random() * 10000):04d}{birth:%Y%m%d}{order:03d}"
    check = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11
    if rng.random() < 1 / 6:
        check = (check + 1 + int(rng.random() * 10)) % 11
    return body + _CHECK[check]


def checksum_holds(number: str) -> bool:
    """Whether the last character of an identity number agrees with the others."""
    if len(number) != 18 or not number[:17].isdigit():
        return False
    return _CHECK[sum(int(d) * w for d, w in zip(number[:17], _WEIGHTS, strict=True)) % 11] == number[17]


def place(rng: Random) -> str:
    """Two characters that sound like a place."""
    first = pick(rng, _PLACE)
    second = pick(rng, _PLACE)
    return first + (second if second != first else "州")


def address(rng: Random) -> str:
    """A postal address down to village group or room."""
    town = pick(rng, _PROVINCES) + place(rng) + "市"
    draw = rng.random()
    if draw < 0.45:
        group = f"{1 + int(rng.random() * 9)}组" if rng.random() < 0.6 else ""
        house = f"{1 + int(rng.random() * 280)}号" if rng.random() < 0.7 else ""
        return f"{town}{place(rng)}县{place(rng)}{'镇' if rng.random() < 0.7 else '乡'}{place(rng)}村{group}{house}"
    block = f"{1 + int(rng.random() * 30)}{'号楼' if rng.random() < 0.6 else '栋'}"
    unit = f"{1 + int(rng.random() * 4)}单元" if rng.random() < 0.7 else "-"
    floor, door = 1 + int(rng.random() * 28), 1 + int(rng.random() * 4)
    room = f"{floor}{door:02d}{'室' if rng.random() < 0.7 else ''}"
    if draw < 0.8:
        road = f"{pick(rng, _ROADS)}{1 + int(rng.random() * 400)}号"
        return f"{town}{place(rng)}区{road}{pick(rng, _ESTATES)}{block}{unit}{room}"
    return f"{place(rng)}市{place(rng)}区{pick(rng, _ESTATES)}{block}{unit}{room}"


def hospital_name(rng: Random) -> str:
    """Another hospital, as referring hospitals are called."""
    return place(rng) + pick(rng, _HOSPITALS)


@dataclass(frozen=True, slots=True)
class Relative:
    """A relative: full name, relation to the patient as written (儿子), telephone."""

    name: str
    relation: str
    phone: str


@dataclass(frozen=True, slots=True)
class Person:
    """A patient with all that identifies one. Empty text means not recorded; sex is M or F."""

    number: int
    patient_id: str
    name: str
    sex: str
    birth: date
    id_number: str
    phone: str
    address: str
    relative: Relative
    insurance: str
    employer: str
    email: str
    wechat: str
    ethnicity: str
    marital: str
    home_hospital: str
    occupation: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the staff."""

    staff_id: str
    name: str
    department: str
    title: str
    phone: str


def person(seed: int, number: int, sex: str, age: int, today: date) -> Person:
    """Patient `number` (0, 1, ...) of the given sex and age in full years on `today`."""
    rng = stream(seed, "person", number)
    birth = today - timedelta(days=int(age * 365.2425 + 1 + rng.random() * 363))
    name, group = full_name(rng, sex, birth.year)
    kin = _relative(rng, name, sex, age, birth.year)
    grown = age >= 18
    employer, occupation = "", "学生" if 6 <= age < 18 else "无"
    if age < 18:
        if age >= 6 and rng.random() < 0.7:
            employer = place(rng) + ("小学" if age < 13 else "中学")
    elif rng.random() < 0.45:
        employer, occupation = place(rng) + pick(rng, _TRADES), "退休人员" if age > 60 else "职员"
    else:
        occupation = (
            pick(rng, ("农民", "农民", "个体", "自由职业", "无业")) if age < 62 else pick(rng, ("农民", "退休人员"))
        )
    handle = pick(rng, _PINYIN) + pick(rng, _PINYIN)
    return Person(
        number=number,
        patient_id=f"{10_000_000 + number}",
        name=name,
        sex=sex,
        birth=birth,
        id_number=identity_number(rng, birth, sex) if rng.random() < 0.93 else "",
        phone=mobile(rng) if rng.random() < 0.9 else landline(rng),
        address=address(rng),
        relative=kin,
        insurance=f"{pick(rng, 'ABCY')}{int(rng.random() * 1_000_000_000):09d}" if rng.random() < 0.85 else "",
        employer=employer,
        email=f"{handle}{int(rng.random() * 9999)}@{pick(rng, _MAIL)}" if grown and rng.random() < 0.2 else "",
        wechat=f"wx_{handle}{int(rng.random() * 99999)}" if grown and rng.random() < 0.3 else "",
        ethnicity=group,
        marital="未婚"
        if age < 22
        else "丧偶"
        if age > 72 and rng.random() < 0.4
        else "已婚"
        if rng.random() < 0.92
        else "离异",
        home_hospital=hospital_name(rng),
        occupation=occupation,
    )


def _relative(rng: Random, name: str, sex: str, age: int, birth_year: int) -> Relative:
    family = name[0] if "·" not in name else None
    if age < 18:
        relation = "父亲" if rng.random() < 0.45 else "母亲"
        kin_sex, year, same = ("M", birth_year - 27, True) if relation == "父亲" else ("F", birth_year - 26, False)
    elif age >= 50 and rng.random() < 0.6:
        relation = "儿子" if rng.random() < 0.6 else "女儿"
        kin_sex, year, same = ("M" if relation == "儿子" else "F"), birth_year + 26, sex == "M"
    elif rng.random() < 0.85:
        relation = "妻子" if sex == "M" else "丈夫"
        kin_sex, year, same = ("F" if sex == "M" else "M"), birth_year, False
    else:
        relation = pick(rng, ("哥哥", "弟弟") if rng.random() < 0.5 else ("姐姐", "妹妹"))
        kin_sex, year, same = ("M" if relation in ("哥哥", "弟弟") else "F"), birth_year, True
    full, _ = full_name(rng, kin_sex, year, family if same else surname(rng))
    return Relative(full, relation, mobile(rng))


@lru_cache(maxsize=4096)
def roster(seed: int, code: str) -> tuple[Colleague, ...]:
    """A department's staff: physicians by rank, nurses, and the physicians who report its imaging and pathology."""
    rng = stream(seed, "staff", code)
    titles = (
        ["主任医师"] * 2 + ["副主任医师"] * 3 + ["主治医师"] * 4 + ["住院医师"] * 5 + ["护师"] * 3 + ["护士"] * 3
        + ["主管护师"] + ["影像医师"] * 2 + ["病理医师"]
    )  # fmt: skip
    prefix = stream(0, "staff number", code).randrange(100, 999)
    colleagues = []
    for position, title in enumerate(titles):
        nurse = "护" in title
        sex = "F" if nurse or rng.random() < 0.45 else "M"
        year = 2024 - (36 if nurse else 52 if "主任" in title else 40 if title == "主治医师" else 29) - position % 5
        name, _ = full_name(rng, sex, year, surname(rng))
        colleagues.append(Colleague(f"G{prefix}{code[:2].upper()}{position:02d}", name, code, title, mobile(rng)))
    return tuple(colleagues)
