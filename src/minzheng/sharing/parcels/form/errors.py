"""What is wrong with a parcel (报文错误)."""


class ParcelError(ValueError):
    """A parcel that cannot be read or trusted; the message is the reason in Chinese (报文不可用)."""
