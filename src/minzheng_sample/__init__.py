"""The sample (样例数据): department files as they really come, with a truth to measure against.

A tool beside the product. It imports no framework and, of the product, at most its kernel. Nobody in it
exists:
identity numbers carry the unassigned address codes ``33xx99``, phones and bank cards unassigned leading
digits.
The order of the modules: ``population`` → ``households`` → ``names``/``numbers``/``addresses`` → ``world`` →
``feeds`` → ``dirt`` → ``writing``; ``truth`` notes what was written.
"""
