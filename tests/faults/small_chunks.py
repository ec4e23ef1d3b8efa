"""The command line with small chunks, so that a file of thousands of rows is loaded in several: ``ROWS COMMAND …``."""

import sys

from minzheng.cli import main
from minzheng.cli.boot import boot


def run() -> None:
    """Take the first argument as the size of a chunk and run the rest as a command."""
    rows = int(sys.argv.pop(1))
    boot(migrate=False)
    from minzheng.exchange.clean import stage

    assert isinstance(stage.CHUNK_ROWS, int)
    stage.CHUNK_ROWS = rows
    main()


run()
