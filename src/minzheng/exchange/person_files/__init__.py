"""The files of a person (附件资料): what hangs on the person and on the person's business records.

A file hangs on the register entry or on one business record (by feed and ``key_digest``), and is seen wherever a person
it belongs to is within the scope. ``foundation.files`` keeps the contents; here stands whose they are, and the audit.
"""
