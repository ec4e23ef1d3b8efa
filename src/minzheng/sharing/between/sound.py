"""Whether a batch of the log is still what was signed (完好性): its head, its signature, its body."""

from pathlib import Path

from minzheng.foundation.crypto.siv import IntegrityError
from minzheng.foundation.members.services import MemberError
from minzheng.sharing.between import body
from minzheng.sharing.between.head import SignedHead
from minzheng.sharing.between.models import Batch


def head_fault(batch: Batch) -> str:
    """What is wrong with a batch's entry in the log, empty where nothing is (批头).

    As of the day it was signed: a key revoked since does not unsay what it had signed.
    """
    try:
        signed = SignedHead.of_json(batch.head, batch.signature)
        signed.signed_by()
    except MemberError as error:
        return str(error)
    head = signed.head
    if (head.seq, head.root, head.lines, head.size) != (batch.seq, batch.root, batch.lines, batch.size):
        return "日志中的批号、根摘要或长度与批头不同"
    return ""


def body_fault(batch: Batch, path: Path) -> str:
    """What is wrong with its body, empty where nothing is (批体)."""
    measured = body.Measured()
    try:
        for _ in body.measure(body.read(path), measured):
            pass
    except FileNotFoundError:
        return "批体文件不在"
    except (IntegrityError, body.BodyError, OSError) as error:
        return str(error)
    return "" if measured.root() == batch.root else "批体与签名的根摘要不符"
