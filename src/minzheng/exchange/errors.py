"""What the engine says when it can't take something (接收错误)."""


class FileRefusedError(ValueError):
    """The whole file is refused before anything is written; the message is the reason in Chinese (文件退回)."""


class SourceError(ValueError):
    """A source's database can't be read, or what is said of it does not hold; one line in Chinese (来源库不可用)."""
