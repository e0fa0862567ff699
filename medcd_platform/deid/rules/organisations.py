"""Finds organisations that a person is tied to: hospitals other than the note's own, employers, schools, units.

By the word that such names end in, back to where the name begins; a few by a cue. Addresses are found in `places`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medcd_platform.deid.rules.family import HAN, LAYER, Families, Family, any_of, han_without
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.span import Span

_ORDINAL = "一二三四五六七八九十"
_NOT_SHORT = (
    "(?!政府|代表|法院|检察|币|医|院|保健|卫|公|群|生活|生|法|中|小|大|年|月|次|级|期|个|组|号|队|体|区|村"
    "|社|街|路|线|科|型|分|时|直|样|致|般|些|起|定|旦|"
    "共|周|天|日)"
)
_HOSPITAL_WORDS = """
    医院 医学中心 医疗中心 卫生院 卫生服务中心 卫生服务站 卫生室 卫生所 卫生站 保健院 保健所 妇保院 门诊部 诊所
    疗养院 疾控中心 疾控 疾病预防控制中心 急救中心 血液中心 血站 皮防所 皮防院 结防所 防治院 防治所 防治站 护理院
    康复中心 精神卫生中心 总院 分院 附属?[一二三四]?院
"""
_KINDS = """
    人民 妇幼 妇保 妇产 儿童 肿瘤 中医 蒙医 胸科 传染 口腔 精神
"""
_HOSPITALS = [
    *_HOSPITAL_WORDS.split(),
    *(f"{first}(?:[{_ORDINAL}]?院|附院)" for first in _ORDINAL),
    f"第[{_ORDINAL}]{{1,2}}院",
    # 省人民, 市妇幼, 县中医: a level and a kind, the word for hospital left out.
    *(f"{word[0]}(?<=[省市县区州盟旗].){word[1:]}{_NOT_SHORT}" for word in [*_KINDS.split(), *_ORDINAL[:6]]),
]
_NATIONAL_WORDS = """
    协和 湘雅[二三]? 华西 齐鲁 瑞金 阜外 宣武 安贞 天坛 积水潭 盛京 西京 唐都 仁济 同济
"""
# National hospitals that notes name by two characters.
_NATIONAL = [
    *(f"{name}(?!制药|药业|药厂|综合|牙膏|[医大])" for name in _NATIONAL_WORDS.split()),
    r"解放军第?\d{3}(?!\d|部队)(?:医院)?",
    r"武警第?\d{3}(?!\d|部队)(?:医院)?",
]
_BUREAUS = """
    公安 教育 税务 水务 水利 财政 民政 农业 林业 交通 卫生 卫健 环保 工商 市场监管 城管 铁路 邮政 供电 电力 气象 地震
    统计 审计 人社 司法 国土 粮食 烟草 文旅 体育 档案 文化 广电 海事 港务 地质 勘探 工程 医保 农机 住建
"""
_EMPLOYER_WORDS = r"""
    政府(?<=[省市县区镇乡州]政府)(?!部门|补|指定|医保|卫生) 居委会 村委会 管委会 合作社 供销社 信用社 旅行社
    报社 出版社 杂志社 农场 林场 牧场 渔场 茶场 贮木场 屠宰场
    养殖场 设计院 研究院 福利院 敬老院 养老院 法院 检察院 剧院 剧团 歌舞团 文工团 监狱 部队(?!医院) 百货 超市 商场
    商行 贸易行 酒店 宾馆 饭店 面馆(?:[（(][一-龥\d]{1,10}店[）)])? 餐厅 餐馆 酒楼 网吧 工作室 项目部 电站 加油站
    救援站 服务区 粮库 机务段 工务段 车辆段 电务段 供电段 殡仪馆 图书馆 博物馆 体育馆 电视台 培训中心 精密机械
    网络科技 科技园 工业园 造船 船厂 监理站 保安队 采掘[一二三四五六七八九十]?队? 掘进[一二三四五六七八九十]?队?
    农商行 信用联社 残联 红十字会 水利厅 教育厅 财政厅 公安厅 农机站 自来水公司 物流 货运站 职教中心 托育园 早教中心
    车间 矿(?<![采挖开下选探煤铁金铜锌锡锑铅钨锰铝岩磷盐银镍]矿)(?=从事|工作|上班|退休|职工|工人|井|[，,。；;）)])
    井(?<=号井) 边防连 边防团 边防营
"""
_OFFICE_WORDS = """
    派出所 司法所 税务所 供电所 工商所 戒毒所 看守所 拘留所 鉴定所 事务所 收容所 研究所 律所 大队(?!列) 中队(?!列)
    支队 总队(?!列) 分队(?!列) 银行(?!卡|账|帐|流水|转|还|存) 街道办事处 街道办 办事处
"""
_COMPANY_WORDS = """
    有限责任公司 有限公司 分公司 公司 集团(?!屈曲|运动|蠕动|动作|性|收缩) 分厂 总厂 厂(?!家|商|牌|方) 矿业 幼儿园
    托儿所 小学(?!生) 中学(?!生) 职校 技校 职院 学校 职业技术学院
"""
_EMPLOYERS = [
    *_COMPANY_WORDS.split(),
    *(f"{ore}矿(?!工(?!作)|石|尘|物|山|泉|粉|区)" for ore in "煤铁金铜锌锡锑铅钨锰铝岩磷盐银镍"),
    *_OFFICE_WORDS.split(),
    *(f"{bureau}局" for bureau in _BUREAUS.split()),
    *_EMPLOYER_WORDS.split(),
    *(f"{number}[中小](?<=[市县区镇乡路街]..)(?!时|指|度|心|叶|型|便|腿|脑|段|期|量)" for number in _ORDINAL),
    *(f"{number}团(?<=剧.团)" for number in _ORDINAL),
]
_ENDS = re.compile(any_of([*_HOSPITALS, *_NATIONAL, *_EMPLOYERS]))
_IS_HOSPITAL = re.compile("|".join(re.sub(r"\(\?<=\[省[^)]*\)", "", word) for word in [*_HOSPITALS, *_NATIONAL]))
# A university alone is as often part of a score's or a study's name: only where somebody studies or works there.
_STUDIES = re.compile(
    rf"(?P<x>[{HAN}]{{2,12}}?(?:大学|学院|学堂))(?=学生|上学|上班|读|大[一二三四]|研[一二三]|在校|教师|老师"
    rf"|教授|职工|任教|退休|毕业|就读|工作|[本专]科在?读|辅导员|保安|食堂)"
    rf"|(?:就读于?|毕业于|任职于|任教于|单位[：:]|学校[：:]|考入|就职于?)\s?(?P<y>[{HAN}]{{2,12}}?(?:大学|学院))"
)
_STOP = "的了在到因为由与并诉患者我他她您你是有被把给就及但而此这那其每某无不于至往从自经赴曾转入遂送系去让找请向距说住"
_LAST_STOP = re.compile(rf".*(?:(?!自[治贡]|有[色限])[^{han_without(_STOP)}A-Za-z0-9·（）()])", re.DOTALL)
# A verb or the like within the characters that names may hold: the name begins behind it.
_CUT = re.compile(
    r".*(?:[院所站科心属诊][和、]|就诊|求诊|门诊(?=[一-龥]{2}市)|单位|学校|地点|机构|籍贯|今日|昨日|近日|来自"
    r"|家住|随|叫|读|换|岁|月|日|年[前后]|天前|周前|上报|信[转给]|复查|检查|手术|接诊|"
    r"转诊|确诊|报告|老乡|(?<![一-龥])[急会送转]?[诊检转]|往返|来(?!宾|安|凤)|工作|退休|务农|已|曾经"
    r"|[年月日天周时]后|[之随然最术伤病产]后|[此之]前|后[至转来再又在经]|再|又|先|即|嘱|拟|急诊|外公|家属|父"
    r"|母|妻|夫|丈夫|妹|弟|哥|姐|儿子|女儿|老板|"
    r"\d岁|男|女|职业|工牌|现任|原|他们|咱|去年|今年|自行|至今|推荐|委托|联系|"
    r"送|由|外院|当地|我院|本院)"
)
_GENERIC = re.compile(
    r"(?:我|本|外|上级|下级|当地|该|某|此|其他|其它|别的?|各|各级|多家|多|一家|两家|几家|家|社区|县级?|市级?"
    r"|省级?|区级?|国家级?|镇|乡|村|街道|三甲|二甲|三级甲?等?|二级甲?等?|一级|"
    r"建议|基层|地方|外地|外市|外省|异地|综合|专科|大型|中|大|小|私立|公立|民营|定点|附近|住|出|来|离|门诊"
    r"|医保|原|就近|陪|妇幼|急诊|互联网|网络|"
    r"医联体|兄弟|协作|等|不|再|无|自动|要求|办理|每次|次|上述|我们|同|全|入|转|到|返|儿科|内科|外科|科|教学"
    r"|附属|两|三|四|几|第|上|下|"
    r"电子|食品|服装|化工|化肥|家具|鞋|五金|机械|工|制药|药|器械|生产|有限|分|总|企业|建筑|装修|物流|外贸"
    r"|民办|公办|重点|普通|医疗|大专|中专|专业|卫生|卫|康复|"
    r"一个|一|二|新|老|旧|部|治疗|护理|健康|养老|儿童|肿瘤|中医|精神|人民|中心|集团|公司|学校|医学|临床|职业"
    r"|技术|公|办|成人|特殊|专|和|或|以及|指南|科室|对照|[A-Za-z0-9]|·)*"
)
# The makers of drugs and devices are no employers.
_MAKER = re.compile(
    r"制药|药业|药厂|试剂|生物|医疗器械|诊断|拜耳|罗氏|辉瑞|诺华|雅培|强生|西门子|美敦力|赛诺菲"
    r"|阿斯利康|默沙东"
)
_LONGEST = 20


def _begin(text: str, end: int) -> int:
    """Where the name begins whose last word begins at `end`."""
    begin = max(0, end - _LONGEST)
    stop = _LAST_STOP.match(text, begin, end)
    if stop:
        begin = stop.end()
    if "（" in text[begin:end] or "）" in text[begin:end] or "(" in text[begin:end] or ")" in text[begin:end]:
        # A bracket belongs to the name if both of it do (永安（集团）公司).
        opened = max(text.rfind("（", begin, end), text.rfind("(", begin, end))
        closed = max(text.rfind("）", begin, end), text.rfind(")", begin, end))
        if (
            closed < 0
            or text.count("（", begin, end) + text.count("(", begin, end) != 1
            or closed < opened
            or closed - opened > 5
        ):
            begin = max(opened, closed) + 1
    cut = _CUT.match(text, begin, end)
    return cut.end() if cut else begin


def find(scanned: Scanned) -> Iterator[Span]:
    """The spans of organisations; they may overlap."""
    text, done = scanned.text, 0
    for word, end in scanned.spans(_ENDS):
        last = text[word:end]
        kind = "hospital" if _IS_HOSPITAL.fullmatch(text, word, end) else "employer"
        begin = _begin(text, word)
        # What goes on from a name found before (永安集团第二分厂) is not generic, whatever it says.
        more = begin < done <= word
        begin = max(begin, done)
        bare = kind == "hospital" and _ABLE_ALONE.fullmatch(last)
        short = kind == "hospital" and _SHORT.search(text, max(0, word - 1), end) and text[begin:word] not in _ALL
        one = kind == "hospital" and _ONE.fullmatch(text, begin, word) is not None
        # One authority of its level (县税务局), one school of its number (二中).
        level = kind == "employer" and begin == word - 1 and text[begin] in "省市县区州盟旗"
        sure = bool(short) or one or last[-1] in "中小" or (level and not _MANY.search(text, begin - 1, begin))
        if not bare and not sure and not more and _GENERIC.fullmatch(text, begin, word):
            continue
        if word - begin + len(last) < 3 and not bare:
            continue
        if kind == "employer":
            least = 1 if sure else 2
            if (word - begin < least and not more) or _MAKER.search(text, begin, end):
                continue
        if (
            kind == "hospital"
            and not bare
            and len(last) <= 3
            and last.endswith("院")
            and _ORDER.match(last)
            and _SAME.search(text, max(0, word - 1), word)
        ):
            continue
        done = end
        yield Span(begin, end, kind, LAYER)
    yield from FAMILIES.find(scanned)


_MANY = re.compile("[各全多本我该]")
_ABLE_ALONE = re.compile("|".join(_NATIONAL) + rf"|第?[二三四五六七八九十]{{1,2}}院|第一院|[{_ORDINAL}]附院")
_SHORT = re.compile(
    rf"[省市县区州盟旗](?:人民|妇幼|妇保|妇产|儿童|肿瘤|中医|蒙医|胸科|传染|口腔|精神"
    rf"|第?[{_ORDINAL}]+院?)$"
)
_ALL_WORDS = """
    全市 全省 全县 全区 本市 本省 本县 本区 我市 我省 我县 我区 各市 各省 各县 各区
"""
# 市中心医院, 301医院: generic words, but one hospital.
_ONE = re.compile(
    r"[省市县区州盟旗](?:人民|中心|中医|妇幼|儿童|肿瘤|妇产|传染病|精神病|口腔|胸科"
    r"|第?[一二三四五六](?:人民)?)|\d{3}"
)
_ALL = frozenset(_ALL_WORDS.split())
_ORDER = re.compile(rf"第?[{_ORDINAL}]")
_SAME = re.compile(r"[同某唯这那每另两]")


def _studies(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    begin, end = match.span("x") if match["x"] else match.span("y")
    cut = _CUT.match(text, begin, end)
    at = max(begin, cut.end() if cut else begin, *(text.rfind(c, begin, end) + 1 for c in "在于到是从"))
    return (at, end) if end - at >= 4 else None


_FORM = re.compile(
    rf"[单学地](?<!本.)\s?(?:(?<=[单]).?位|(?<=[学]).?校|(?<=工作地)点)\s?[：:\]】]\s?(?P<x>(?!不详|退休|自由"
    rf"|个体|同上|本单位|无|国际)[{HAN}A-Za-z0-9·]{{3,30}})"
)
_WORKS = re.compile(
    rf"(?:供职于?|就职于?|任职于|任教于|服役于|工作于|受雇于|受聘于|上班于|就读于?"
    rf"|毕业于)(?P<y>[{HAN}A-Za-z0-9]{{4,20}})(?=[，,。；;、\s（(]|$)"
)
_AT = re.compile(
    rf"[在于](?P<z>[{han_without(_STOP + '家外地')}A-Za-z0-9]{{4,20}}?)(?=上班|任教|任职|就职|就读|当(?:保安"
    rf"|老师|工人|教师|厨师|司机))"
)
_UNITS = re.compile(
    rf"(?P<w>(?<!\d)\d{{5}}部队[{HAN}]{{0,6}}?(?=[，,。；;、\s（(]|$)|(?:[海空陆]军"
    rf"|火箭军)?某部\d{{0,5}}[{HAN}]{{0,4}}?(?:[旅团营连排]|\d*分队|大队)(?:卫生队|[{HAN}\d]{{0,3}}[营连排队])?"
    rf"|(?:武警|边防|海军|空军|陆军|火箭军)[{HAN}\d]{{0,8}}?(?:总队|支队|大队|分队"
    rf"|[旅团营连])(?:[{HAN}\d]{{1,4}}?(?:支队|大队|[营连]))*)"
)


def _form(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    group = match.lastgroup or ""
    begin, end = match.span(group)
    if group != "w" and _GENERIC.fullmatch(text, begin, end):
        return None
    return begin, end


FAMILIES = Families(
    Family("employer", _STUDIES, ("大学", "学院"), _studies),
    Family("employer", _FORM, None, _form),
    Family(
        "employer",
        _WORKS,
        ("供职", "就职", "任职于", "任教于", "服役于", "工作于", "受雇于", "受聘于", "上班于", "就读", "毕业于"),
        _form,
    ),
    Family(
        "employer",
        _AT,
        ("上班", "任教", "任职", "就职", "就读", "当保安", "当老师", "当工人", "当教师", "当厨师", "当司机"),
        _form,
    ),
    Family("employer", _UNITS, ("部队", "某部", "武警", "边防", "海军", "空军", "陆军", "火箭军"), _form),
)
EXPRESSIONS = (_ENDS, *FAMILIES.scanned_for)
TYPES = ("hospital", "employer")
