"""Members (交换成员): the nodes and departments that exchange, their addresses and keys, as the province publishes them.

What is told of a member comes from the signed configuration of the province (``sharing.between``); a node keeps it and goes on
exchanging when the province cannot be reached.
"""
