"""A made-up company's knowledge of any size. The same number gives the same texts, and none comes from anywhere else."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

_BRANDS = "云岭 青禾 海拓 木棉 星图 北川 拾光 白鹭 远山 朗悦 百川 鹿鸣 启明 沐阳 澄海 南屿 知微 松间 锦程 望舒".split()
_THINGS = (
    "登机箱 双肩包 扫地机 空气炸锅 电饭煲 蓝牙耳机 儿童手表 跑步鞋 羽绒服 床垫 净水器 咖啡机 显示器 机械键盘 婴儿推车 "
    "帐篷 投影仪 吹风机 电动牙刷 行车记录仪 折叠桌 保温杯 加湿器 护腰枕 路由器 体脂秤 剃须刀 料理机 睡袋 台灯"
).split()
_TOPICS = "退货 换货 保修 发票 配送 安装 清洁 充电 尺码 赠品 会员 积分 优惠券 预售 以旧换新 延保 包装 配件 验货 上门取件".split()
_PLACES = "北京 上海 广州 成都 武汉 西安 杭州 沈阳 昆明 兰州 乌鲁木齐 拉萨 海口 长沙 济南".split()
_ZH = (
    "{thing}的{topic}申请须在签收后{n}天内提交，逾期系统会自动关闭入口",
    "在{place}等{m}个城市可以由师傅上门处理，其他地区请寄到{place2}售后中心",
    "{brand}{thing}{model}随箱附带说明书、合格证和一条{n}厘米的备用线",
    "如果外包装有明显破损，请先拍照再签收，并在{n}小时内联系在线客服",
    "会员等级达到{m}级后，{topic}产生的运费由平台承担，每年最多{n}次",
    "{model}型号的主板保{m}年，易损件如滤芯、电池和刷头保{n}个月",
    "自行拆卸、进水、摔落以及使用非原装电源造成的故障不在服务范围之内",
    "款项会在仓库验收后{m}个工作日内原路退回，银行到账时间以各行为准",
    "清洁前请断开电源，用不高于{n}度的温水擦拭，不要把机身泡在水里",
    "第一次使用需要连续充电{m}小时，指示灯由红变绿表示已经充满",
    "下单时可以填写开票信息，电子发票会在发货后{m}天内发到预留邮箱",
    "{place}仓的现货当天{h}点前付款当天发出，定制款需要{n}天生产",
    "活动价与优惠券能否同时使用，以结算页面显示的金额为准",
    "同一订单里有多件商品时可以只处理其中一件，赠品需要一并寄回",
    "更换配件请先在官网输入机身背面的{n}位序列号查询是否兼容",
    "{brand}的{topic}热线在每天{h}点至二十一点开放，节假日照常",
)
_ASK = (
    "{brand}{thing}{model}怎么{topic}",
    "{model}的{topic}要多少天",
    "{thing}{topic}的费用谁承担",
    "{place}能办理{brand}{thing}的{topic}吗",
)
_EN_THINGS = "cabin suitcase|rucksack|air fryer|rice cooker|headset|running shoe|down jacket|mattress|water filter|coffee machine|monitor|keyboard|stroller|tent|projector|hair dryer".split(
    "|"
)
_EN_TOPICS = (
    "return|exchange|warranty|invoice|delivery|installation|cleaning|charging|sizing|membership|coupon|pre-order".split(
        "|"
    )
)
_EN = (
    "A {topic} request for the {thing} must reach us within {n} days of delivery",
    "In {m} cities a technician comes to you; elsewhere please ship the {thing} to our service centre",
    "The {model} comes with a manual, a certificate and a spare cable of {n} centimetres",
    "Photograph a damaged parcel before you sign for it and contact us within {n} hours",
    "Members of level {m} pay no postage for a {topic}, up to {n} times a year",
    "The main board of the {model} is covered for {m} years, batteries and filters for {n} months",
    "Damage by water, by a fall or by a charger of another maker is not covered",
    "The money goes back to the original payment method within {m} working days after inspection",
)
_EN_ASK = ("How does a {topic} of the {thing} {model} work", "How many days does the {topic} of the {model} take")
_ENGLISH_SHARE = 0.15
_FAQ_SHARE = 0.4
_SECTIONS = 8
"""Chunks of a page; each is a section of its own."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """``asked``: (question, the key of a document that answers it)."""

    files: tuple[Path, ...]
    asked: tuple[tuple[str, str], ...]


def write_corpus(folder: Path, *, chunks: int, questions: int = 200) -> Corpus:
    """Files that give about so many chunks: pages of sections with 150 to 200 Chinese characters, and FAQ entries."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(20_261)
    files: list[Path] = []
    asked: list[tuple[str, str]] = []
    entries: list[bytes] = []
    left = chunks
    while left > 0:
        number = chunks - left
        is_english = draw.random() < _ENGLISH_SHARE
        if draw.random() < _FAQ_SHARE / (_FAQ_SHARE + (1 - _FAQ_SHARE) / _SECTIONS):
            entries.append(_entry(draw, number, is_english=is_english, asked=asked))
            left -= 1
        else:
            path = folder / f"page-{number}.{'en' if is_english else 'zh'}.md"
            path.write_text(_page(draw, number, is_english=is_english), encoding="utf-8")
            files.append(path)
            left -= _SECTIONS
    faq = folder / "faq.jsonl"
    faq.write_bytes(b"\n".join(entries))
    step = max(1, len(asked) // questions)
    return Corpus((faq, *files), tuple(asked[::step][:questions]))


def _slots(draw: random.Random, *, is_english: bool) -> dict[str, str]:
    letters = "".join(draw.choice("ABCDEFGHKMNPRSTVXZ") for _ in range(2))
    return {
        "brand": draw.choice(_BRANDS),
        "thing": draw.choice(_EN_THINGS if is_english else _THINGS),
        "topic": draw.choice(_EN_TOPICS if is_english else _TOPICS),
        "place": draw.choice(_PLACES),
        "place2": draw.choice(_PLACES),
        "model": f"{letters}{draw.randint(10, 999)}",
        "n": str(draw.randint(5, 90)),
        "m": str(draw.randint(1, 12)),
        "h": str(draw.randint(8, 18)),
    }


def _body(draw: random.Random, slots: dict[str, str], *, is_english: bool, sentences: int) -> str:
    chosen = draw.sample(_EN if is_english else _ZH, sentences)
    ends = ". " if is_english else "。"
    fresh = [one.format(**slots | {key: str(draw.randint(2, 96)) for key in "nm"}) for one in chosen]
    return ends.join(fresh).strip() + ends.strip()


def _entry(draw: random.Random, number: int, *, is_english: bool, asked: list[tuple[str, str]]) -> bytes:
    slots = _slots(draw, is_english=is_english)
    first, second = (one.format(**slots) for one in draw.sample(_EN_ASK if is_english else _ASK, 2))
    key = f"q{number}"
    asked.append((second, f"faq/{key}"))
    answer = _body(draw, slots, is_english=is_english, sentences=3)
    spoken = "en" if is_english else "zh"
    return orjson.dumps(
        {"id": key, "question": f"{first}?", "alternatives": [second], "answer": answer, "lang": spoken}
    )


def _page(draw: random.Random, number: int, *, is_english: bool) -> str:
    slots = _slots(draw, is_english=is_english)
    title = f"{slots['model']} {slots['thing']}" if is_english else f"{slots['brand']}{slots['thing']}{slots['model']}"
    lines = [f"# {title} {number}"]
    for section in range(_SECTIONS):
        own = slots | {"topic": draw.choice(_EN_TOPICS if is_english else _TOPICS)}
        lines += [f"## {own['topic']} {section + 1}", _body(draw, own, is_english=is_english, sentences=5)]
    return "\n\n".join(lines)


def slips(question: str, draw: random.Random) -> str:
    """The question as a hasty hand types it."""
    for right, wrong in (
        ("退货", "退或"),
        ("发票", "发漂"),
        ("保修", "保休"),
        ("warranty", "waranty"),
        ("delivery", "delivry"),
    ):
        if right in question:
            return question.replace(right, wrong)
    place = draw.randrange(max(1, len(question) - 1))
    return question[:place] + question[place + 1 :]


def strangers() -> Iterator[str]:
    """Questions that no document answers."""
    yield from (
        "今天股市怎么样",
        "帮我写一首关于秋天的诗",
        "你喜欢什么颜色",
        "who won the match last night",
        "tell me a joke about cats",
    )
