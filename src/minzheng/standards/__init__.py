"""Standards (标准规范体系) as data: what a code, an element, a limit means, where and since when.

Packs (标准包) are folders of CSV files, layered 部→省→市→县. ``packs`` reads them, ``lint`` checks one
against the layers above it, ``diff`` says what would change, ``services`` publishes and keeps the life of
each edition, ``queries`` answers from what is published. Nothing here is personal data, except who did a step
of an edition's life.
"""
