"""Why a shop says no: closed codes that flows branch on."""

from enum import StrEnum


class Problem(StrEnum):
    """Values are stable: flows, adapters and reports name them."""

    CUSTOMER_NOT_FOUND = "customer_not_found"
    ORDER_NOT_FOUND = "order_not_found"
    PRODUCT_NOT_FOUND = "product_not_found"
    VARIANT_NOT_FOUND = "variant_not_found"
    LINE_NOT_FOUND = "line_not_found"
    METHOD_NOT_FOUND = "method_not_found"
    NOT_PENDING = "not_pending"
    NOT_DELIVERED = "not_delivered"
    ALREADY_REQUESTED = "already_requested"
    """The order, or one of its lines, is in a return or an exchange already."""
    RETURN_WINDOW_OVER = "return_window_over"
    REASON_NOT_ACCEPTED = "reason_not_accepted"
    NOTHING_CHOSEN = "nothing_chosen"
    OTHER_PRODUCT = "other_product"
    OUT_OF_STOCK = "out_of_stock"
    REFUND_ELSEWHERE = "refund_elsewhere"
    """A refund goes to the method that paid, or to a gift card."""
    SAME_METHOD = "same_method"
    SEVERAL_PAYMENTS = "several_payments"
    BALANCE_TOO_LOW = "balance_too_low"
    KEY_REUSED = "key_reused"
    NOT_SUPPORTED = "not_supported"
    """This shop's system cannot do that."""
    UNAVAILABLE = "unavailable"
    """The shop's system does not answer; nothing is known to have been done."""


class ShopError(Exception):
    """The shop says no, and has changed nothing."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(f"{problem.value}: {detail}" if detail else problem.value)
        self.problem = problem
        self.detail = detail
