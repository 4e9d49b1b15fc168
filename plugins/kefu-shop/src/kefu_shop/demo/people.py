"""The demo shop's customers: invented names, addresses and numbers that belong to nobody."""

from decimal import Decimal
from random import Random

from kefu_shop.domain import Address, Customer, PaymentKind, PaymentMethod

_FAMILY = "林 陈 王 李 张 刘 赵 周 吴 徐 孙 马 朱 胡 郭 何 高 罗 郑 梁 谢 宋 唐 许 邓 冯 韩 曹 曾 彭".split()
_GIVEN = {
    "women": "岚 雨桐 思颖 佳宁 若溪 晓雯 静怡 梦瑶 子涵 欣悦 婉清 慧敏 语嫣 诗涵 可馨 芷若".split(),
    "men": "浩然 子轩 俊杰 明哲 宇航 博文 志远 天佑 嘉豪 文涛 立诚 建国 思远 云帆 泽宇 承志".split(),
}
_ENGLISH = {
    "women": "Alice Emma Grace Hannah Irene Julia Karen Laura Nora Olive".split(),
    "men": "Adam Brian Colin David Ethan Frank Henry Kevin Martin Oscar".split(),
}
_ENGLISH_FAMILY = "Baker Carter Dawson Ellis Foster Grant Hayes Irving Jensen Keller".split()
_PLACES = (
    ("浙江", "杭州", "3100", "文三路"),
    ("浙江", "宁波", "3150", "中山东路"),
    ("江苏", "南京", "2100", "中央路"),
    ("江苏", "苏州", "2150", "人民路"),
    ("上海", "上海", "2000", "长宁路"),
    ("北京", "北京", "1000", "学院路"),
    ("广东", "广州", "5100", "天河路"),
    ("广东", "深圳", "5180", "南山大道"),
    ("四川", "成都", "6100", "人民南路"),
    ("重庆", "重庆", "4000", "解放碑步行街"),
    ("湖北", "武汉", "4300", "珞喻路"),
    ("湖南", "长沙", "4100", "芙蓉中路"),
    ("陕西", "西安", "7100", "长安南路"),
    ("福建", "厦门", "3610", "湖滨南路"),
    ("山东", "青岛", "2660", "香港中路"),
    ("辽宁", "大连", "1160", "人民路"),
    ("天津", "天津", "3000", "南京路"),
    ("河南", "郑州", "4500", "花园路"),
    ("云南", "昆明", "6500", "北京路"),
    ("新疆", "乌鲁木齐", "8300", "友好北路"),
)
_ABROAD = (
    ("Singapore", "SG", "Orchard Road", "238801"),
    ("Sydney", "AU", "George Street", "2000"),
    ("Toronto", "CA", "Queen Street", "M5V 2A1"),
)


def make_customer(number: int) -> tuple[Customer, str]:
    """The customer of a number, always the same one, and for whom they mostly buy: ``women`` or ``men``."""
    dice = Random(f"customer {number}")  # noqa: S311 - it shall be the same one each time
    who = dice.choice(("women", "men"))
    is_abroad = dice.random() < 0.12  # noqa: PLR2004
    family, given = (
        (dice.choice(_ENGLISH_FAMILY), dice.choice(_ENGLISH[who]))
        if is_abroad
        else (dice.choice(_FAMILY), dice.choice(_GIVEN[who]))
    )
    recipient = f"{given} {family}" if is_abroad else family + given
    phone = f"1390000{number:04d}"
    customer = Customer(
        id=f"c{number:04d}",
        given_name=given,
        family_name=family,
        email=f"customer{number:04d}@example.com",
        phone=phone,
        address=_make_address(dice, recipient, phone, is_abroad=is_abroad),
        payment_methods=_make_methods(dice, number),
    )
    return customer, who


def _make_address(dice: Random, recipient: str, phone: str, *, is_abroad: bool) -> Address:
    house = dice.randint(1, 899)
    if is_abroad:
        city, country, street, postcode = dice.choice(_ABROAD)
        return Address(f"{house} {street}", city, postcode, country=country, recipient=recipient, phone=phone)
    region, city, postcode, street = dice.choice(_PLACES)
    line2 = f"{dice.randint(1, 30)} 幢 {dice.randint(1, 28)}0{dice.randint(1, 4)} 室"
    return Address(
        f"{street} {house} 号", city, f"{postcode}{dice.randint(0, 99):02d}", line2, region, "CN", recipient, phone
    )


def _make_methods(dice: Random, number: int) -> tuple[PaymentMethod, ...]:
    methods = [
        PaymentMethod(f"wallet-{number:04d}", PaymentKind.WALLET, dice.choice(("支付宝 Alipay", "微信支付 WeChat Pay")))
    ]
    if dice.random() < 0.5:  # noqa: PLR2004
        methods.append(
            PaymentMethod(f"card-{number:04d}", PaymentKind.CARD, f"银联 UnionPay {dice.randint(1000, 9999)}")
        )
    if dice.random() < 0.3:  # noqa: PLR2004
        balance = Decimal(dice.choice((50, 100, 200, 500)))
        methods.append(
            PaymentMethod(
                f"gift-{number:04d}", PaymentKind.GIFT_CARD, "礼品卡 Gift card", balance.quantize(Decimal("0.01"))
            )
        )
    return tuple(methods)
