"""Addresses: 省市区 and the detail apart, and English street lines.

Provinces and cities are a list of ours (regions.csv); districts, towns and streets are known by their last character.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kefu.dialogue.guard.personal import patterns_of
from kefu.dialogue.slots.hearing import Hearing
from kefu.dialogue.slots.types import CLEAR, EXACT, GUESS, LIKELY, Hit, SlotContext, SlotType
from kefu.kit.jsonvalue import JsonValue

_DISTRICT = re.compile(
    r"\s*(?P<district>[\u4e00-\u9fff]{1,6}?(?:自治县|新区|开发区|高新区|林区|区|县|旗|市(?!场)))(?!域)"
)
_SEPARATOR = re.compile(r"[\s,/-]*")
_NOT_CITY = re.compile(r"(?:[东西南北中]?(?:路|街|大道|大街|道|巷|弄)|话|菜|人|牌|大学|银行|时间|晚报)")
_DETAIL = re.compile(
    r"[^,，。!！?？;；\n、…]{1,60}(?:,\s?(?=[\u4e00-\u9fff\d]*[路街道巷弄号栋幢楼室单元])[^,，。!！?？;；\n、…]{1,40})?"
)
_STOP = re.compile(
    r"\s*(?:收件人|收货人|联系人|电话|手机|姓名|联系|邮编|收[:：]|(?<!\d)1[3-9]\d{9}|我叫|吧$|谢谢|哪|吗|有没有|是不是|是什么|附近|可以吗|行吗|好吗|能[到送]|送[得不]|要多|多少|多久|怎么|什么|的?(?:天气|运费|门店|仓库|快递费|顾客|用户|朋友))"
)
_STREET = re.compile(
    r"[路街道巷弄村镇乡组区苑园厦城湾庭府里]|号|栋|幢|单元|\d楼|室|层|大厦|广场|小区|花园|公寓|大学|学校|医院"
)
_STREET_LINE = re.compile(
    r"[\u4e00-\u9fffa-z0-9]{0,12}(?:路|街|大道|巷|弄|胡同)\s?\d{1,5}\s?(?:号|弄)[\u4e00-\u9fffa-z0-9\- ]{0,30}|[\u4e00-\u9fff]{2,10}(?:小区|花园|公寓|家园|大厦|广场|新村|苑)\s?\d{1,4}[-\s]?(?:号楼|栋|幢|座|号|-)[\u4e00-\u9fffa-z0-9\- ]{0,20}"
)
_STREET_HINT = re.compile(r"[路街道巷弄同]\s?\d|[区园寓厦场村苑]\s?\d")
_POSTCODE = r"\d{5}(?:-\d{4})?|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}|[a-z]\d[a-z] ?\d[a-z]\d"
"""Of the United States, the United Kingdom, Canada."""
_COUNTRY = r"u\.?s\.?a\.?|united states(?: of america)?|u\.?k\.?|united kingdom|england|scotland|wales|ireland|canada|australia|germany|france"
_UNIT = r"(?:apt|unit|flat|suite|#)\.?\s?\w{1,6}"
_EN_STREET = re.compile(
    r"(?<![\d/.-])(?:(?:flat|apt|unit|suite|room)\.?\s?\w{1,6},?\s+)?(?P<number>\d{1,5}[a-z]?)\s+(?P<street>(?:[a-z][a-z'.-]{0,20}\s){1,4}"
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|way|place|pl|square|sq|terrace|close|crescent|highway|hwy)\b\.?"
    r"(?:\s(?:north|south|east|west|[ns]?[ew]|[ns])\b\.?)?)"
    rf"(?P<more>(?:,?\s*{_UNIT})?(?:\s[a-z][a-z.'-]+(?: [a-z][a-z.'-]+){{0,2}}(?=,?\s[a-z]{{2}}\s\d{{5}}))?"
    rf"(?:,\s?[a-z][a-z .'-]{{1,28}}(?![a-z0-9])){{0,3}}(?:,?\s[a-z]{{2,3}}(?![a-z0-9]))?(?:,?\s(?:{_POSTCODE})(?![a-z0-9]))?(?:,\s?(?:{_COUNTRY})(?![a-z]))?)"
)
_ZIP = re.compile(rf"(?:{_POSTCODE})$")
_IN_COUNTRY = re.compile(rf"(?:{_COUNTRY})$")
_REGIONS = frozenset(
    "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd tn tx ut"
    " vt va wa wv wi wy dc ab bc mb nb nl ns nt nu on pe qc sk yt nsw vic qld tas act".split()
)
"""Codes of states, provinces and territories."""
_NUMBER = re.compile(
    r"[\d零一二三四五六七八九十百]\s?(?:号|栋|幢|单元|楼|室|弄|座|层|-\d)|(?:[路街道巷弄村]|小区|花园|大厦|广场)\s?\d"
)
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class _Region:
    province: str
    city: str
    start: int
    end: int


def read_address(hearing: Hearing, _slot: SlotType, _context: SlotContext, *, is_expected: bool) -> Iterator[Hit]:
    """Values: {"province", "city", "district", "detail"} as far as they are named (the province is filled in from the
    city); in English {"street", "city", "region", "postcode", "country"}.
    """
    text = hearing.plain.text
    found = list(_chinese(text, is_expected=is_expected))
    found.extend(_english(hearing, text))
    if not found and _STREET_HINT.search(text):
        for match in _STREET_LINE.finditer(text):
            end = _cut(text, match.start(), match.end())
            found.append(_hit({"detail": text[match.start() : end]}, (match.start(), end), LIKELY, "address_street"))
    if not found and is_expected:
        found = [
            _hit({"detail": text[start:end]}, (start, end), GUESS, "address_bare")
            for start, end in _pieces(text)
            if _STREET.search(text, start, end) and end - start >= _SHORTEST
        ]
    if not found and is_expected:
        for pattern in patterns_of("address"):
            found.extend(
                _hit({"detail": match.group()}, match.span(), GUESS, "address") for match in pattern.finditer(text)
            )
    yield from found


def _chinese(text: str, *, is_expected: bool) -> Iterator[Hit]:
    end_of_last = 0
    for region in _regions(text):
        if region.start < end_of_last:
            continue
        place = region.end
        match = _DISTRICT.match(text, _SEPARATOR.match(text, place).end() if _SEPARATOR.match(text, place) else place)  # type: ignore[union-attr]
        district = match["district"] if match else ""
        place = match.end() if match else place
        separator = _SEPARATOR.match(text, place)
        first = separator.end() if separator else place
        detail_match = _DETAIL.match(text, first)
        last = _cut(text, first, detail_match.end()) if detail_match else first
        detail = text[first:last].strip()
        if not _STREET.search(detail):
            detail, last = "", place
        if not is_expected and not _NUMBER.search(detail):
            continue  # 北京的医院 is no address
        if not detail and not district and not (region.city or region.province):
            continue
        value = {"province": region.province, "city": region.city, "district": district, "detail": detail}
        probability = EXACT if district and detail else CLEAR if detail or district else LIKELY
        end = first + len(text[first:last].rstrip()) if detail else place
        yield _hit(
            {name: part for name, part in value.items() if part}, (region.start, end), probability, "address_region"
        )
        end_of_last = end


def _regions(text: str) -> Iterator[_Region]:
    """Where a province or city is named, with what follows of the two levels."""
    names, starts = _names()
    place = 0
    for index in range(len(text) - 1):
        if index < place or text[index : index + 2] not in starts:
            continue
        match = names.match(text, index)
        if match is None:
            continue
        place = match.end()
        if match["province"]:
            province = _provinces()[match["province"]]
            if _NOT_CITY.match(text, match.end()):
                continue
            gap = _SEPARATOR.match(text, match.end())
            after = names.match(text, gap.end() if gap else match.end())
            city = ""
            if (
                after
                and after["city"]
                and _cities()[after["city"]] == province
                and not _NOT_CITY.match(text, after.end())
            ):
                city, place = f"{after['city']}{_city_end(after['city'])}", after.end()
            elif province.endswith("市"):
                city = province
                again = after and after["province"] and _provinces()[after["province"]] == province
                place = after.end() if after and again else place
            yield _Region(province, city, match.start(), place)
        elif not _NOT_CITY.match(text, match.end()):
            yield _Region(_cities()[match["city"]], f"{match['city']}{_city_end(match['city'])}", match.start(), place)


def _city_end(city: str) -> str:
    return "" if city.endswith(("盟", "地区")) else "市"


def _cut(text: str, start: int, end: int) -> int:
    stop = _STOP.search(text, start, end)
    return stop.start() if stop else end


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer(r"[^,，。!！?？;；\n、…]+", text):
        lead = re.match(
            r"\s*(?:我?(?:的)?(?:地址|住址|住)(?:是|在|改成|为)?|寄到|送到|发到|改到|在)?[:：\s]*", match.group()
        )
        start = match.start() + (lead.end() if lead else 0)
        end = _cut(text, start, match.end())
        if start < end:
            yield start, end


def _english(hearing: Hearing, text: str) -> Iterator[Hit]:
    for match in _EN_STREET.finditer(text):
        more, value = match["more"], dict[str, str]()
        unit = re.match(rf",?\s*{_UNIT}", more)
        value["street"] = _written(hearing, match.start(), match.start("more") + (unit.end() if unit else 0))
        parts = [part.strip() for part in more[unit.end() if unit else 0 :].split(",") if part.strip()]
        for name, pattern in (("country", _IN_COUNTRY), ("postcode", _ZIP)):
            found = pattern.search(parts[-1]) if parts else None
            if found:
                value[name] = found.group().upper() if name == "postcode" else _as_title(found.group())
                parts[-1] = parts[-1][: found.start()].strip()
                parts = [part for part in parts if part]
        parts = [piece for part in parts for piece in _without_region(part)]
        if parts:
            value["city"] = parts[0].title()
        if len(parts) > 1:
            value["region"] = parts[1].upper() if parts[1] in _REGIONS else parts[1].title()
        yield _hit(value, match.span(), CLEAR if parts else LIKELY, "address_english")


def _without_region(part: str) -> list[str]:
    """The city and its state (springfield il), or the part as it is."""
    city, _, code = part.rpartition(" ")
    return [city, code] if city and code in _REGIONS else [part]


def _as_title(country: str) -> str:
    plain = country.replace(".", "")
    return plain.upper() if len(plain) <= len("usa") else plain.title()


def _written(hearing: Hearing, start: int, end: int) -> str:
    first, last = hearing.plain.to_source(start, end)
    return hearing.plain.source[first:last]


def _hit(value: dict[str, str], span: tuple[int, int], probability: float, rule: str) -> Hit:
    as_json: JsonValue = dict(value)
    return Hit(as_json, *span, probability, rule, is_plain=True)


@cache
def _table() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    with files("kefu.dialogue.slots").joinpath("regions.csv").open(encoding="utf-8") as lines:
        return tuple((row["province"], row["short"], tuple(row["cities"].split())) for row in csv.DictReader(lines))


@cache
def _provinces() -> dict[str, str]:
    return {name: province for province, short, _ in _table() for name in (province, short, f"{short}省")}


@cache
def _cities() -> dict[str, str]:
    return {
        city: province
        for province, short, cities in _table()
        for city in cities
        if city != short or province == "吉林省"
    }


@cache
def _names() -> tuple[re.Pattern[str], frozenset[str]]:
    """A pattern of all names, and the two characters with which each begins: most texts have none of them."""
    provinces = "|".join(sorted(_provinces(), key=len, reverse=True))
    cities = "|".join(sorted(_cities(), key=len, reverse=True))
    starts = frozenset(name[:2] for name in (*_provinces(), *_cities()))
    return re.compile(rf"(?P<province>{provinces})(?!市)|(?P<city>{cities})(?:市|(?=[^市]|$))"), starts
