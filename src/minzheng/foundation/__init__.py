"""The foundation (台): accounts, access, audit, ciphers, files, the database and the outbox, for every floor above."""
