"""placeholder until the model stands"""

import pyarrow as pa

from minzheng.foundation.database.arrow import Bulk


def link_mentions(work: Bulk) -> pa.Table | None:
    return None
