"""Names of people: 我叫王小明, 收货人：李雷, "my name is Anna Schmidt"."""

import re
from collections.abc import Iterator
from functools import cache

from kefu.dialogue.guard.personal import surnames
from kefu.dialogue.slots.hearing import Hearing
from kefu.dialogue.slots.types import BARE, CLEAR, GUESS, LIKELY, Hit, SlotContext, SlotType

_DOUBLE = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|端木|南宫|百里|长孙|宇文|申屠"
_RARE = "安包鲍毕卞卜蔡岑柴常车成池迟楚褚刁窦杜樊费丰封符甘葛耿宫古谷关管桂海华怀宦霍姬吉计纪季简焦解金靳荆景巨康柯孔匡况赖兰蓝郎劳乐冷黎厉利连凌柳娄鲁路骆麻满茅梅蒙米苗闵明缪莫牟木倪聂宁牛欧庞裴彭皮平蒲戚齐祁强乔秦屈饶任阮桑单尚申沈盛施石舒司宋苏孙谈滕童屠涂万翁乌巫伍武奚席项辛邢熊徐许续宣薛荀鄢颜晏燕阳杨伊易殷应游于俞虞喻袁岳云臧翟詹湛赵甄郑支钟周朱诸祝庄卓宗邹祖左"
_CUE_ZH = r"(?:我叫|我的?名字[是叫]?|名字(?:是|叫)|姓名|(?:收|取|寄)[件货]人|联系人|收件|(?<!不)叫我|我本人叫|本人姓名)\s*(?:改成|换成|是|为|叫)?\s*:?\s*"
_TITLE = r"(?:先生|女士|小姐|同学|老师|太太)"
_NOT_NAMES = re.compile(
    r"不|没|要|想|是|什么|怎|吗|退|换|货|单|(?<!^)钱|好的|可以|谢谢|你好|客服|的|孩子|失败|昨|今|明天|这|那|都|第|还|就|哪|谁|尺|码|号|快递|地址|电话|先生|女士|改|错"
)
_SAID = re.compile(r"[:叫是为]\s*$")
"""Behind these also a name without a known surname is one: 收货人：阿杰, but not 联系人失败."""
_EN_WORD = r"[a-zà-ÿ][a-zà-ÿ'’.-]{0,24}"
_EN_NAME = rf"{_EN_WORD}(?: {_EN_WORD}){{0,3}}"
_CUE_EN = re.compile(
    rf"(?:\bmy (?:full )?name(?:'s| is)|\bname(?: is)?\s*:|\brecipient(?: is|'s name is|\s*:)|\bcall me(?!\s+(?:back|at|on|about|for|to|in|if|when|up|tomorrow|today|later|please|asap|now|first|this|next|again|between|after|before)\b)|\bmake it out to|\baddressed to"
    rf"|\bcontact(?: person)?(?: is|:))\s+(?:mr\.?|mrs\.?|ms\.?|dr\.?)?\s*(?P<name>{_EN_NAME})"
)
_THIS_IS = re.compile(rf"\b(?:this is|it'?s)\s+(?P<name>{_EN_NAME}?)\s+(?:here|speaking|calling)\b")
_I_AM = re.compile(
    rf"(?:^|[,.;!\n]\s*)(?:this is|it'?s|i am|i'?m)\s+(?P<name>{_EN_WORD} {_EN_WORD}(?: {_EN_WORD})?)\s*(?=$|[,.;!\n])"
)
_BARE_EN = re.compile(rf"(?:mr\.?|mrs\.?|ms\.?|dr\.?)?\s*(?P<name>{_EN_NAME})")
_STOP = frozenset(
    "the a an and but or is are was i you he she it we they my your order number not no yes ok okay sure please thanks thank what "
    "when where why how which who can could do does did will would want need return refund cancel help hello hi hey from with at "
    "phone email address for to of in on by so that this here there have has now then because if maybe sorry actually wrong all "
    "both none one two first second last never mind don't dont think just still waiting looking very really".split()
)


def read_name(hearing: Hearing, _slot: SlotType, _context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: the name as it was written; an English one that came without capitals gets them."""
    text = hearing.plain.text
    hits = [*_after_cue(text), *_english(text)] or list(_introduced(hearing))
    if is_expected and not hits:
        hits = list(_bare(hearing))
    for hit in hits:
        start, end = hearing.plain.to_source(hit.start, hit.end)
        yield Hit(
            _as_name(hearing.plain.source[start:end]), hit.start, hit.end, hit.probability, hit.rule, is_plain=True
        )


def _after_cue(text: str) -> Iterator[Hit]:
    for match in _cued().finditer(text):
        name = match["name"]
        has_surname = _with_surname().match(name) is not None
        is_said = has_surname or _SAID.search(text, match.start(), match.start("name"))
        if is_said and not _NOT_NAMES.search(name):
            yield Hit(None, *match.span("name"), CLEAR if has_surname else LIKELY, "name_cue")


def _english(text: str) -> Iterator[Hit]:
    for pattern, rule in ((_CUE_EN, "name_cue"), (_THIS_IS, "name_this_is")):
        for match in pattern.finditer(text):
            words = _name_words(match["name"])
            if words:
                start = match.start("name")
                yield Hit(None, start, start + len(words), CLEAR, rule)


def _introduced(hearing: Hearing) -> Iterator[Hit]:
    """A name behind «this is»: only capitals tell it from "this is complete nonsense"."""
    for match in _I_AM.finditer(hearing.plain.text):
        start, end = hearing.plain.to_source(*match.span("name"))
        words = hearing.plain.source[start:end].split()
        if all(word[:1].isupper() for word in words) and not {word.casefold() for word in words} & _STOP:
            yield Hit(None, *match.span("name"), LIKELY, "name_i_am")


def _name_words(text: str) -> str:
    """The words of a name up to the first that is none: "anna schmidt and" → "anna schmidt"."""
    end = 0
    for match in re.finditer(r"\S+", text):
        if match.group().strip(".'’-") in _STOP:
            break
        end = match.end()
        if match.group().endswith(".") and len(match.group()) > len("jr."):
            break
    return text[:end].rstrip(".")


def _bare(hearing: Hearing) -> Iterator[Hit]:
    text = hearing.plain.text
    for piece in re.finditer(r"[^,，、。!！?？;；\n…]+", text):
        raw = piece.group()
        start = piece.start() + len(raw) - len(raw.lstrip())
        name = raw.strip()
        lead = re.match(r"(?:我?(?:是|叫|姓)|就?叫|i am |i'm |it's |it is )", name)
        if lead:
            start, name = start + lead.end(), name[lead.end() :].strip()
        titled = re.fullmatch(rf"(?P<name>[\u4e00-\u9fff]{{1,3}}){_TITLE}", name)
        end = start + len(name)
        if titled and _with_surname().match(titled["name"]):
            yield Hit(None, start, end, LIKELY, "name_titled")
        elif re.fullmatch(
            r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{2,8}·[\u4e00-\u9fff]{1,8}", name
        ) and not _NOT_NAMES.search(name):
            yield Hit(None, start, end, BARE if _with_surname().match(name) else GUESS, "name_bare")
        elif _BARE_EN.fullmatch(name) and not set(name.split()) & _STOP:
            is_full = len(name.split()) > 1
            yield Hit(None, start, end, BARE if is_full else LIKELY, "name_bare")


def _as_name(written: str) -> str:
    if written.islower() and written.isascii():
        return " ".join(word[:1].upper() + word[1:] for word in written.split())
    return written.strip()


@cache
def _with_surname() -> re.Pattern[str]:
    return re.compile(rf"(?:{_DOUBLE}|[{surnames()}{_RARE}])")


@cache
def _cued() -> re.Pattern[str]:
    chinese = (
        rf"(?:(?:{_DOUBLE})[\u4e00-\u9fff]{{1,2}}|[{surnames()}{_RARE}][\u4e00-\u9fff]{{1,2}}|[\u4e00-\u9fff]{{2,4}})"
    )
    foreign = r"[\u4e00-\u9fff]{1,8}·[\u4e00-\u9fff·]{1,12}"
    latin = rf"{_EN_WORD}(?: {_EN_WORD})?"
    end = rf"(?=$|[^\u4e00-\u9fff]|{_TITLE}|电话|手机|地址|住|的|吧|谢谢|哦|啊|就行|就好|就可以|即可)"
    return re.compile(rf"{_CUE_ZH}(?P<name>{foreign}|{chinese}{end}|{latin})")
