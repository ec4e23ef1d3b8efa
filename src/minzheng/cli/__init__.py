"""The command line door (命令行): ``minzheng COMMAND``.

Commands are listed here by name and loaded when called, so that ``--help`` stays quick.
A command that fails says so in one line on standard error and ends with a code other than 0.
"""

from minzheng.cli.group import LazyGroup, main

__all__ = ["LazyGroup", "main"]
