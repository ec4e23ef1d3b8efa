"""What the part makes of a batch (随批): its names are learnt before it is loaded, those from other nodes as they come."""

from minzheng.exchange.following import when_cleaned, when_received
from minzheng.stewardship.lookup.names import learn, learn_received

when_cleaned("lookup", learn)
when_received("lookup", learn_received)
