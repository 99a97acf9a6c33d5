"""Purchase orders: what a client may send, what is stored, and what is answered."""

from pydantic import BaseModel, ConfigDict
from tenure import Meta


class PurchaseOrderBase(BaseModel):
    """What a purchase order has wherever it appears."""

    model_config = ConfigDict(extra="forbid")

    name: str


class PurchaseOrderIn(PurchaseOrderBase):
    """A purchase order as a client sends it, to create one."""


class PurchaseOrder(PurchaseOrderBase):
    """A purchase order as it is stored.

    Deprecated: replaced by the new shop.
    """


class PurchaseOrderOut(PurchaseOrder):
    """A purchase order as it is answered."""

    id: str
    meta: Meta
