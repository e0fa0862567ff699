"""Chinese surnames, a public fact: which characters can open a person's name.

Rules that use them belong into `known` and `anchors`. All of 百家姓 is here (the Hundred Family Surnames, 11th
century, in the public domain; compared with its text in simplified characters). What follows it in the tables is
general knowledge: surnames that are frequent today and not in it (肖, 覃, 付), and rare or minority ones; it comes from
no list and is not complete.
"""

from __future__ import annotations

from functools import lru_cache

# 百家姓 in its own order, without the compound ones, then others.
_SINGLE = """
    赵钱孙李 周吴郑王 冯陈褚卫 蒋沈韩杨 朱秦尤许 何吕施张 孔曹严华 金魏陶姜 戚谢邹喻 柏水窦章 云苏潘葛 奚范彭郎
    鲁韦昌马 苗凤花方 俞任袁柳 酆鲍史唐 费廉岑薛 雷贺倪汤 滕殷罗毕 郝邬安常 乐于时傅 皮卞齐康 伍余元卜 顾孟平黄
    和穆萧尹 姚邵湛汪 祁毛禹狄 米贝明臧 计伏成戴 谈宋茅庞 熊纪舒屈 项祝董梁 杜阮蓝闵 席季麻强 贾路娄危 江童颜郭
    梅盛林刁 钟徐邱骆 高夏蔡田 樊胡凌霍 虞万支柯 昝管卢莫 经房裘缪 干解应宗 丁宣贲邓 郁单杭洪 包诸左石 崔吉钮龚
    程嵇邢滑 裴陆荣翁 荀羊於惠 甄曲家封 芮羿储靳 汲邴糜松 井段富巫 乌焦巴弓 牧隗山谷 车侯宓蓬 全郗班仰 秋仲伊宫
    宁仇栾暴 甘钭厉戎 祖武符刘 景詹束龙 叶幸司韶 郜黎蓟薄 印宿白怀 蒲邰从鄂 索咸籍赖 卓蔺屠蒙 池乔阴鬱 胥能苍双
    闻莘党翟 谭贡劳逄 姬申扶堵 冉宰郦雍 郤璩桑桂 濮牛寿通 边扈燕冀 郏浦尚农 温别庄晏 柴瞿阎充 慕连茹习 宦艾鱼容
    向古易慎 戈廖庾终 暨居衡步 都耿满弘 匡国文寇 广禄阙东 欧殳沃利 蔚越夔隆 师巩厍聂 晁勾敖融 冷訾辛阚 那简饶空
    曾毋沙乜 养鞠须丰 巢关蒯相 查后荆红 游竺权逯 盖益桓公 仉督岳帅 缑亢况郈 有琴归海 晋楚闫法 汝鄢涂钦 商牟佘佴
    伯赏墨哈 谯笪年爱 阳佟言 福肖付丘 覃邸揭仝 亓谌苟冼 禚郄鄞麦 区种么冶 原占候线 买苑兰粟 库尧卿铁 折战母闪
    闭零侬 戢晓禤植 漆檀幺邝 郇芦代桐 迟鹿相矫 初辜佀侍 侴庹隋甯 绳栗喇尉 宛英傲来 才沐巨卯 底撒昂 祭 翦羡雒奉
    火介位 贠 昃 恽 仵 伦 敬 门 冶 鲜 辉 逢 展 呙 缐 汉 苻 卡 户 靖 宝 律 盘 资 衣 乙 黑 南 洛 朴 刀 普 睢 粘 由
    化 开 延 银 西 信 修 玄 依 音 玉 校 莎 皇 眭
"""
SINGLE = frozenset(_SINGLE) - {" ", "\n", "鬱"}
_COMPOUND_WORDS = """
    万俟 司马 上官 欧阳 夏侯 诸葛 闻人 东方 赫连 皇甫 尉迟 公羊 澹台 公冶 宗政 濮阳 淳于 单于 太叔 申屠 公孙 仲孙 轩辕
    令狐 钟离 宇文 长孙 慕容 鲜于 闾丘 司徒 司空 亓官 司寇 子车 颛孙 端木 巫马 公西 漆雕 乐正 壤驷 公良 拓跋 夹谷 宰父
    谷梁 段干 百里 东郭 南门 呼延 羊舌 微生 梁丘 左丘 东门 西门 南宫 第五 纳兰 贺兰 独孤 完颜 叶赫 那拉 太史 东野
    相里 爱新 富察 钮祜 佟佳 瓜尔 皇父 耶律 欧侯 北宫 哥舒 屈突 贺若 即墨
    """
COMPOUND = frozenset(_COMPOUND_WORDS.split())
# The most frequent ones that are hardly ever an everyday character of clinical prose: they need a weaker cue.
COMMON = frozenset(
    "王李张刘陈杨赵吴周徐孙朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余杜魏苏吕丁卢姚沈钟姜崔谭陆范汪廖贾韦薛邹"
    "孟秦邱侯尹阎段雷黎史陶贺毛郝顾龚邵万覃钱戴严莫汤温施樊葛邢齐乔伍庞颜倪庄聂章鲁岳翟殷詹申耿焦俞柳甘祝尚舒阮柯纪童凌"
    "毕裴霍涂苗翁冉骆靳鲍喻祁蒲滕屈饶牟艾穆吉缪芦褚娄窦戚岑费晏卞郁佟阚邬栾隋甄虞敖巩佘臧闵苟迟邝鄢佴仉"
    "蔺扈訾亓谌冼郗逯郜"
)
# Characters that are surnames, but before a title far more often something else (和医生商量, 向主任汇报, 双方医生).
FUNCTION = frozenset(
    "和向于从经应同为及有来就当能会通过后前时由全方本双相关别公管任班家国所次原占代位母言种须终第区但年步习满曾单卡资"
)

# The grammatical ones alone: no name of any length is looked for behind them without a sure cue.
GRAMMAR = frozenset("和向于从经应同及为有来就当能会通过后前时由都第终但区")
# Surnames that open many words of prose: a token that stands alone needs more than one of these.
WORDY = FUNCTION | frozenset(
    "左全单双白黄高水石车于时常强冷温干毛房关管方安平明成包查计封麻连利权费曲项牛羊鱼马金花红蓝云雷农都"
    "言步易庄随尚空谷养老生相支乙黑南普由化开延银西信修玄依音玉校青过资位"
)
# Those of them that open no word of prose either: a token of three characters that stands alone is a name.
PLAIN = frozenset(
    "王李张刘陈杨赵吴徐孙朱郭郑梁宋唐韩冯邓曹彭肖董潘袁蔡蒋杜魏吕沈崔谭汪廖贾韦薛邹孟邱侯尹阎郝龚邵覃樊"
    "邢乔伍庞倪庄聂鲁翟殷詹耿俞阮柯裴霍翁冉骆靳鲍"
    "喻祁滕牟穆缪褚窦岑晏卞佟阚邬栾隋甄虞巩佘臧闵苟邝鄢佴仉蔺扈訾亓谌冼郗逯郜鞠晁"
)
_PLAIN_COMPOUND_WORDS = (
    "第五 东方 百里 东门 西门 南门 北宫 即墨 微生 左丘 单于 贺兰 子车 公良 长孙 公孙 司空 太叔 东郭"
    " 梁丘 羊舌 漆雕 爱新 段干 谷梁"
)
PLAIN_COMPOUND = COMPOUND - set(_PLAIN_COMPOUND_WORDS.split())


@lru_cache(maxsize=1 << 16)
def surname(name: str) -> str:
    """The surname that opens a Han name, compound ones first; an empty string if none does."""
    if name[:2] in COMPOUND:
        return name[:2]
    return name[:1] if name[:1] in SINGLE else ""
