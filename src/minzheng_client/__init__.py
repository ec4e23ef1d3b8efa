"""A department's side of the interfaces (接口客户端), to be taken along: three lines to the first data.

    from minzheng_client import Client
    client = Client("https://…", "yibao", "secret")
    client.one("persons", person_citizen_id_number="…")

Changes as they happen, and a webhook's body checked:

    for event in client.subscribe("persons"):
        keep(event)
    Webhook("whsec_…").events(headers, body)

It knows nothing of the node but what its OpenAPI says: tokens are had and renewed, an upload carries an Idempotency-Key,
a quota is waited for as long as ``patience_s`` allows. With the node's public key (``node_key``) an answer's receipt is checked
by :func:`minzheng_client.proof.proved`; that needs gmssl-pyx.
"""

from minzheng_client.client import Answer, Client
from minzheng_client.events import Events
from minzheng_client.refusal import RefusedError
from minzheng_client.webhook import ForgedError, Webhook

__all__ = ["Answer", "Client", "Events", "ForgedError", "RefusedError", "Webhook"]
