"""The catalogue of resources (资源目录): what this level can share, what others can, what is asked for and not there.

Compiled from the published standard for this node's division and published by an officer (``compiling``, ``services.editions``);
``documents`` carries it between the levels: catalogue, resources and demands are plain documents that may come twice, late or
out of order. ``dcat`` says the same to portals and reads what they say; ``harvest`` fetches it. No personal data but the
names of officials in that capacity.
"""
