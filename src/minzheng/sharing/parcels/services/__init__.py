"""What is done with parcels (报文服务): made, taken, answered. The only writers of ``Parcel``."""

from minzheng.sharing.parcels.services.answering import Receipt, write_receipt
from minzheng.sharing.parcels.services.making import (
    ParcelRefusedError,
    begin,
    fill,
    make,
    write_data,
    write_parcel,
)
from minzheng.sharing.parcels.services.taking import finish, take

__all__ = [
    "ParcelRefusedError",
    "Receipt",
    "begin",
    "fill",
    "finish",
    "make",
    "take",
    "write_data",
    "write_parcel",
    "write_receipt",
]
