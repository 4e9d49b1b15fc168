"""What may be done with an order, and what it changes: pure, whatever system keeps the orders.

``apply`` raises ShopError and then nothing has changed; the values that it gives are to be stored together.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from kefu_shop.backend import (
    CancelOrder,
    ChangeAddress,
    ChangeArticles,
    ChangePayment,
    Exchange,
    OrderWrite,
    RequestExchange,
    RequestReturn,
)
from kefu_shop.domain import (
    Customer,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentKind,
    PaymentMethod,
    PaymentType,
    RequestKind,
    ServiceRequest,
    Variant,
)
from kefu_shop.errors import Problem, ShopError

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Rules:
    """A shop's own policy."""

    return_days: int | None = None
    """Days after delivery for a return without a fault; None: no end."""
    fault_reasons: frozenset[str] = frozenset()
    """Reasons to which ``return_days`` does not apply."""
    cancel_reasons: frozenset[str] | None = None
    """The reasons that are accepted; None: any."""
    one_request_per_order: bool = False
    """Whether an order takes one return or exchange in all, instead of one for each of its pieces."""
    is_final_after_change: bool = False
    """Whether an order whose articles were changed can be neither changed again nor cancelled."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A variant that may come in a piece's place, as catalogue and stock have it now."""

    variant: Variant
    is_available: bool


@dataclass(frozen=True, slots=True)
class Case:
    """An order with all that the rules ask about it."""

    order: Order
    customer: Customer
    rules: Rules
    offers: Mapping[str, Offer]
    """By variant id: those of ``new_variants`` that there are."""
    request_id: str = ""
    """The number that a return or an exchange gets."""
    at: datetime | None = None

    def require_method(self, method_id: str) -> PaymentMethod:
        method = self.customer.find_method(method_id)
        if method is None:
            raise ShopError(Problem.METHOD_NOT_FOUND, method_id)
        return method

    def require_pending(self, *, is_for_articles: bool) -> None:
        if self.order.status is not OrderStatus.PENDING:
            raise ShopError(Problem.NOT_PENDING, self.order.status)
        if is_for_articles and self.order.is_changed and self.rules.is_final_after_change:
            raise ShopError(Problem.NOT_PENDING, "its articles were changed already")

    def require_pieces(self, line_ids: Sequence[str]) -> list[OrderLine]:
        """In the order in which they are named; naming one twice asks for more than there is."""
        if not line_ids:
            raise ShopError(Problem.NOTHING_CHOSEN)
        twice = [line_id for line_id, times in Counter(line_ids).items() if times > 1]
        found = [line for line_id in line_ids if (line := self.order.find_line(line_id))]
        if twice or len(found) < len(line_ids):
            raise ShopError(Problem.LINE_NOT_FOUND, ", ".join(twice or line_ids))
        return found

    def require_delivered(self, line_ids: Sequence[str]) -> list[OrderLine]:
        """Pieces that may come back."""
        if self.order.status is not OrderStatus.DELIVERED:
            raise ShopError(Problem.NOT_DELIVERED, self.order.status)
        if self.order.requests and self.rules.one_request_per_order:
            raise ShopError(Problem.ALREADY_REQUESTED, self.order.requests[0].id)
        pieces = self.require_pieces(line_ids)
        if taken := self.order.requested_lines.intersection(line_ids):
            raise ShopError(Problem.ALREADY_REQUESTED, ", ".join(sorted(taken)))
        return pieces


@dataclass(frozen=True, slots=True)
class Change:
    """How the two are afterwards, and the return or exchange that was opened."""

    order: Order
    customer: Customer
    request: ServiceRequest | None = None


def new_variants(wish: OrderWrite) -> tuple[str, ...]:
    """What a wish puts into the places of other things."""
    if isinstance(wish, RequestExchange | ChangeArticles):
        return tuple(exchange.variant_id for exchange in wish.exchanges)
    return ()


def apply(wish: OrderWrite, case: Case) -> Change:
    """Carry out a wish by the rules. Raises ShopError."""
    match wish:
        case CancelOrder():
            return _cancel(wish, case)
        case RequestReturn():
            return _request_return(wish, case)
        case RequestExchange():
            return _request_exchange(wish, case)
        case ChangeArticles():
            return _change_articles(wish, case)
        case ChangePayment():
            return _change_payment(wish, case)
        case ChangeAddress():
            return _change_address(wish, case)


def is_too_late(order: Order, *, reason: str, rules: Rules, now: datetime | None) -> bool:
    """Whether the time for a return is over. An order without a date of delivery is never too late."""
    if rules.return_days is None or reason in rules.fault_reasons or now is None or order.delivered_at is None:
        return False
    return now > order.delivered_at + timedelta(days=rules.return_days)


def _cancel(wish: CancelOrder, case: Case) -> Change:
    """Everything that was paid goes back to where it came from."""
    case.require_pending(is_for_articles=True)
    accepted = case.rules.cancel_reasons
    if accepted is not None and wish.reason not in accepted:
        raise ShopError(Problem.REASON_NOT_ACCEPTED, wish.reason)
    customer, payments = case.customer, case.order.payments
    for method_id, amount in _paid(case.order).items():
        payments = (*payments, Payment(PaymentType.REFUND, amount, method_id, case.at))
        customer = _with_balance(customer, method_id, amount)
    order = replace(case.order, status=OrderStatus.CANCELLED, cancel_reason=wish.reason, payments=payments)
    return Change(order, customer)


def _request_return(wish: RequestReturn, case: Case) -> Change:
    """The refund is promised, not paid: the shop pays when it has the goods."""
    pieces = case.require_delivered(wish.line_ids)
    if is_too_late(case.order, reason=wish.reason, rules=case.rules, now=case.at):
        raise ShopError(Problem.RETURN_WINDOW_OVER, str(case.order.delivered_at))
    method = case.require_method(wish.method_id)
    if method.kind is not PaymentKind.GIFT_CARD and method.id not in _paid(case.order):
        raise ShopError(Problem.REFUND_ELSEWHERE, method.id)
    refund = _rounded(sum((piece.price for piece in pieces), Decimal(0)))
    return _opened(case, RequestKind.RETURN, wish.line_ids, method_id=method.id, amount=refund, reason=wish.reason)


def _request_exchange(wish: RequestExchange, case: Case) -> Change:
    """Variants of the same products, for a fault also the same; the difference is settled when the goods have changed hands."""
    line_ids = tuple(exchange.line_id for exchange in wish.exchanges)
    new = _replacements(case, case.require_delivered(line_ids), wish.exchanges)
    difference = _difference(case.order, new)
    method = case.require_method(wish.method_id)
    _require_balance(method, difference)
    return _opened(
        case,
        RequestKind.EXCHANGE,
        line_ids,
        method_id=method.id,
        amount=difference,
        reason=wish.reason,
        replacements=tuple(variant.id for variant in new.values()),
    )


def _change_articles(wish: ChangeArticles, case: Case) -> Change:
    """Other variants in an order that is not packed yet; the difference is settled at once."""
    case.require_pending(is_for_articles=True)
    pieces = case.require_pieces([exchange.line_id for exchange in wish.exchanges])
    new = _replacements(case, pieces, wish.exchanges)
    difference = _difference(case.order, new)
    method = case.require_method(wish.method_id)
    _require_balance(method, difference)
    payments = case.order.payments
    if difference:
        kind = PaymentType.PAYMENT if difference > 0 else PaymentType.REFUND
        payments = (*payments, Payment(kind, abs(difference), method.id, case.at))
    lines = tuple(_with_variant(line, new.get(line.id)) for line in case.order.lines)
    order = replace(case.order, lines=lines, payments=payments, is_changed=True)
    return Change(order, _with_balance(case.customer, method.id, -difference))


def _change_payment(wish: ChangePayment, case: Case) -> Change:
    """The whole amount is paid by another method, and the first one gets it back."""
    case.require_pending(is_for_articles=False)
    if len(case.order.payments) != 1 or case.order.payments[0].type is not PaymentType.PAYMENT:
        raise ShopError(Problem.SEVERAL_PAYMENTS)
    (before,) = case.order.payments
    method = case.require_method(wish.method_id)
    if method.id == before.method_id:
        raise ShopError(Problem.SAME_METHOD, method.id)
    _require_balance(method, before.amount)
    paid = Payment(PaymentType.PAYMENT, before.amount, method.id, case.at)
    refunded = Payment(PaymentType.REFUND, before.amount, before.method_id, case.at)
    customer = _with_balance(case.customer, method.id, -before.amount)
    customer = _with_balance(customer, before.method_id, before.amount)
    return Change(replace(case.order, payments=(before, paid, refunded)), customer)


def _change_address(wish: ChangeAddress, case: Case) -> Change:
    """Where an order goes that is not packed yet."""
    case.require_pending(is_for_articles=False)
    return Change(replace(case.order, address=wish.address), case.customer)


def _opened(
    case: Case,
    kind: RequestKind,
    line_ids: tuple[str, ...],
    *,
    method_id: str,
    amount: Decimal,
    reason: str,
    replacements: tuple[str, ...] = (),
) -> Change:
    request = ServiceRequest(case.request_id, kind, line_ids, method_id, amount, reason, replacements, case.at)
    return Change(replace(case.order, requests=(*case.order.requests, request)), case.customer, request)


def _replacements(case: Case, pieces: Sequence[OrderLine], exchanges: Sequence[Exchange]) -> dict[str, Variant]:
    """The new variant of each piece, in the pieces' order: of the same product, and there."""
    new: dict[str, Variant] = {}
    for piece, exchange in zip(pieces, exchanges, strict=True):
        offer = case.offers.get(exchange.variant_id)
        if offer is None:
            raise ShopError(Problem.VARIANT_NOT_FOUND, exchange.variant_id)
        if offer.variant.product_id != piece.product_id:
            raise ShopError(Problem.OTHER_PRODUCT, exchange.variant_id)
        if not offer.is_available:
            raise ShopError(Problem.OUT_OF_STOCK, exchange.variant_id)
        new[piece.id] = offer.variant
    return new


def _difference(order: Order, new: dict[str, Variant]) -> Decimal:
    """What the new pieces cost more than was paid for the old ones."""
    old = sum((line.price for line in order.lines if line.id in new), Decimal(0))
    return _rounded(sum((variant.price for variant in new.values()), Decimal(0)) - old)


def _require_balance(method: PaymentMethod, amount: Decimal) -> None:
    if method.balance is not None and method.balance < amount:
        raise ShopError(Problem.BALANCE_TOO_LOW, method.id)


def _paid(order: Order) -> dict[str, Decimal]:
    """What each method has paid, less what it got back; those with nothing left are not there."""
    paid: dict[str, Decimal] = {}
    for payment in order.payments:
        sign = 1 if payment.type is PaymentType.PAYMENT else -1
        paid[payment.method_id] = paid.get(payment.method_id, Decimal(0)) + sign * payment.amount
    return {method_id: amount for method_id, amount in paid.items() if amount > 0}


def _with_balance(customer: Customer, method_id: str, amount: Decimal) -> Customer:
    """So much more on a gift card; of other methods we keep no balance."""
    methods = tuple(
        replace(method, balance=_rounded(method.balance + amount))
        if method.id == method_id and method.balance is not None
        else method
        for method in customer.payment_methods
    )
    return replace(customer, payment_methods=methods)


def _with_variant(line: OrderLine, variant: Variant | None) -> OrderLine:
    if variant is None:
        return line
    return replace(line, variant_id=variant.id, options=variant.options, price=variant.price)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT)
