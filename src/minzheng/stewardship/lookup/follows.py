"""What the part makes of a batch (随批): its names are learnt before it is loaded."""

from minzheng.exchange.following import when_cleaned
from minzheng.stewardship.lookup.names import learn

when_cleaned("lookup", learn)
