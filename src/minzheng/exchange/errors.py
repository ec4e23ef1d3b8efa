"""What the engine says when it can't take something (接收错误)."""


class FileRefusedError(ValueError):
    """The whole file is refused before anything is written; the message is the reason in Chinese (文件退回)."""
