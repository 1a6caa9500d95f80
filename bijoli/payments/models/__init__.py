"""Orders, the money that came, the credits that left, bills, the ledger, and what staff decide about them. Money is paisa."""

from bijoli.payments.models.bill import Bill, BillPayment, BillReject, BillSource
from bijoli.payments.models.gateway import GatewayCall, GatewayToken, Notice
from bijoli.payments.models.ledger import DaySum, Entry, Posting, Summed
from bijoli.payments.models.order import Order, Payment, Vend
from bijoli.payments.models.staff import Closure, Deed, Difference, Reconciliation, Refund, Statement, StatementLine

__all__ = [
    "Bill",
    "BillPayment",
    "BillReject",
    "BillSource",
    "Closure",
    "DaySum",
    "Deed",
    "Difference",
    "Entry",
    "GatewayCall",
    "GatewayToken",
    "Notice",
    "Order",
    "Payment",
    "Posting",
    "Reconciliation",
    "Refund",
    "Statement",
    "StatementLine",
    "Summed",
    "Vend",
]
