"""The gate before uploads (上传限制): a body over the limit is refused before any of it is kept."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

FORM_BYTES = 2**20  # what the form's other fields and the multipart lines may take


class SizeGate(FileUploadHandler):
    """First of the upload handlers; keeps nothing itself (大小关卡)."""

    def handle_raw_input(
        self,
        input_data: Any,  # noqa: ARG002 - Django's signature
        META: Any,  # noqa: ARG002, N803
        content_length: int,
        boundary: Any,  # noqa: ARG002
        encoding: str | None = None,  # noqa: ARG002
    ) -> None:
        """Raises ``RequestDataTooBig``, which the user sees as a refusal."""
        if content_length > settings.UPLOAD_LIMIT_BYTES + FORM_BYTES:
            raise RequestDataTooBig("上传内容超过大小上限")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002 - Django's signature
        """Hand the piece on to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002 - Django's signature
        """Another handler keeps the file."""
        return
