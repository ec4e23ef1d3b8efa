"""Whose rows are whose, where a table of a lower floor hangs on this one's (行范围)."""

from minzheng.exchange.person_files.ownership import OnWhatItHangs
from minzheng.foundation.access.row_security import say

say("foundation.Attachment", OnWhatItHangs())
