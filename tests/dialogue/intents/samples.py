"""Our own small sets: a shop's intents in two languages."""

from kefu.dialogue.intents.training import Example

_ZH = {
    "refund_status": "退款什么时候到账|我的退款到哪一步了|退的钱怎么还没收到|退款进度查询|退款要几天|钱退回来了吗",
    "track_parcel": "我的快递到哪了|查一下物流|包裹什么时候送到|快递几天能到|订单发货了没有|物流信息不更新了",
    "invoice": "怎么开发票|可以开专票吗|发票抬头写错了|电子发票发到哪里|补开一张发票|发票多久能开出来",
}
_EN = {
    "refund_status": "where is my refund|has my refund been sent|when do I get my money back|refund status please",
    "track_parcel": "where is my parcel|track my order|when will my package arrive|has my order shipped",
    "invoice": "I need an invoice|can you send me the invoice|wrong name on my invoice|how do I get a receipt",
}
FOREIGN = "今天天气怎么样|讲个笑话|who won the game last night|what is the capital of France".split("|")


def _examples(table: dict[str, str]) -> list[Example]:
    return [Example(text, intent) for intent, texts in table.items() for text in texts.split("|")]


CHINESE = _examples(_ZH)
ENGLISH = _examples(_EN)
SHOP = CHINESE + ENGLISH
"""Thirty lines, three intents."""
TWENTY = (
    CHINESE[:6]
    + CHINESE[6:13]
    + CHINESE[12:18]
    + [Example("会员有什么好处", "member"), Example("会员怎么升级", "member")]
)
