"""Mentions (提及): the persons and organisations a chunk's rows speak of, ready for the register.

Values are said by the feed's declaration; birth date and sex follow from the number where the row does not give them;
identifiers are sealed column by column; identities follow from content, so that a chunk built again is the same.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minzheng.exchange.clean.columns import quote
from minzheng.exchange.declare import (
    Column,
    Feed,
    OrganisationParty,
    PersonParty,
)
from minzheng.exchange.load.staged import Chunk, Stamp, valid_from_sql
from minzheng.foundation.crypto.digests import as_blocks, counter_blocks, digest_column, identities
from minzheng.foundation.crypto.fields import seal_column
from minzheng.kernel.pinyin import pinyin_column
from minzheng.registry.variants import fold_column

PERSON_TYPES = {"birth_date": "DATE", "death_date": "DATE"}
ORGANISATION_ATTRIBUTES = (
    "name",
    "uscc",
    "kind_code",
    "division_code",
    "address",
    "founded_on",
    "status_code",
)


def persons(feed: Feed, chunk: Chunk, stamp: Stamp) -> pa.Table:
    """One row per (row, role): attributes sealed and keyed, digest, identities. Shape: the temporary table ``m``."""
    tables = [_persons_of(feed, party, number, chunk, stamp) for number, party in enumerate(feed.persons)]
    return pa.concat_tables(tables)


def _persons_of(feed: Feed, party: PersonParty, number: int, chunk: Chunk, stamp: Stamp) -> pa.Table:
    raw = _person_values(feed, party, chunk, stamp)
    n = raw.num_rows
    column = {name: _one(raw[name]) for name in raw.column_names}
    id_cipher, id_blind = seal_column("id_number", column["id_number"])
    addresses = pa.concat_arrays([column["hukou_address"], column["residence_address"]])
    address_cipher, address_blind = seal_column("address", addresses)
    phone_cipher, phone_blind = seal_column("phone", column["phone"])
    extra_cipher, _ = seal_column("extra", column["extra"])
    name_key = fold_column(column["name"])
    rows = column["row_no"].to_numpy()
    own = counter_blocks(stamp.batch_id.bytes, rows, number)
    # Everyone with the same number is the same new person; without one, each row is its own until linked.
    numbered = np.asarray(id_blind.is_valid())[:, None]
    who = np.where(numbered, as_blocks(id_blind), own)
    return pa.table(
        {
            "row_no": column["row_no"].cast(pa.int32()),
            "role": pa.array([party.role] * n, pa.string()),
            "creates": pa.array(np.full(n, party.creates)),
            "digest": digest_column(column["content_hash"], "row"),
            "claim_id": identities(own, "claim", at_ms=stamp.at_ms, order=rows),
            "new_id": identities(who, "person", at_ms=stamp.at_ms),
            "valid_from": column["valid_from"],
            "name": column["name"],
            "name_key": name_key,
            "name_pinyin": pinyin_column(name_key),
            "id_number_cipher": id_cipher,
            "id_number_blind": id_blind,
            "sex_code": column["sex_code"],
            "birth_date": column["birth_date"],
            "ethnic_code": column["ethnic_code"],
            "hukou_division_code": column["hukou_division_code"],
            "hukou_address_cipher": address_cipher.slice(0, n),
            "hukou_address_blind": address_blind.slice(0, n),
            "residence_address_cipher": address_cipher.slice(n),
            "phone_cipher": phone_cipher,
            "phone_blind": phone_blind,
            "marital_status_code": column["marital_status_code"],
            "education_code": column["education_code"],
            "relation_to_head_code": column["relation_to_head_code"],
            "household_key": seal_column("id_number", column["household_key"])[1],
            "death_date": column["death_date"],
            "extra_cipher": extra_cipher,
        }
    )


def _person_values(feed: Feed, party: PersonParty, chunk: Chunk, stamp: Stamp) -> pa.Table:
    says = party.says
    number = chunk.said(says.get("id_number"))
    select = {
        "row_no": "row_no",
        "content_hash": "content_hash",
        "valid_from": valid_from_sql(feed, chunk, stamp),
    }
    for attribute in (
        "name", "id_number", "ethnic_code", "hukou_division_code", "hukou_address", "residence_address", "phone",
        "marital_status_code", "education_code", "relation_to_head_code", "household_key",
    ):  # fmt: skip
        select[attribute] = chunk.said(says.get(attribute))
    select["sex_code"] = (
        f"coalesce({chunk.said(says.get('sex_code'))}, CASE WHEN {number} IS NOT NULL THEN id_sex({number}) END)"
    )
    select["birth_date"] = f"coalesce({chunk.said(says.get('birth_date'), 'DATE')}, id_birth({number}))"
    select["death_date"] = chunk.said(says.get("death_date"), "DATE")
    select["extra"] = "extra" if feed.record is None else "CAST(NULL AS VARCHAR)"
    return chunk.select(select, f"{chunk.said(says.get('name'))} IS NOT NULL")


def organisations(feed: Feed, chunk: Chunk, stamp: Stamp) -> pa.Table | None:
    """One row per (row, role) of the organisations spoken of. Shape: the temporary table ``o``."""
    tables = [
        _organisations_of(feed, party, number, chunk, stamp)
        for number, party in enumerate(feed.organisations)
    ]
    return pa.concat_tables(tables) if tables else None


def _organisations_of(
    feed: Feed, party: OrganisationParty, number: int, chunk: Chunk, stamp: Stamp
) -> pa.Table:
    select = {
        "row_no": "row_no",
        "content_hash": "content_hash",
        "valid_from": valid_from_sql(feed, chunk, stamp),
    }
    for attribute in ORGANISATION_ATTRIBUTES:
        sql_type = "DATE" if attribute == "founded_on" else "VARCHAR"
        select[attribute] = chunk.said(party.says.get(attribute), sql_type)
    identity = f"coalesce({select['uscc']}, {select['name']})"
    select["identity_hash"] = f"unhex(md5({identity}))"
    raw = chunk.select(select, f"{select['name']} IS NOT NULL")
    column = {name: _one(raw[name]) for name in raw.column_names}
    own = counter_blocks(stamp.batch_id.bytes, column["row_no"].to_numpy(), 100 + number)
    who = np.frombuffer(b"".join(column["identity_hash"].to_pylist()), np.uint8).reshape(-1, 16)
    return pa.table(
        {
            "row_no": column["row_no"].cast(pa.int32()),
            "role": pa.array([party.role] * raw.num_rows, pa.string()),
            "creates": pa.array(np.full(raw.num_rows, True)),
            "digest": digest_column(column["content_hash"], "row"),
            "claim_id": identities(own, "claim", at_ms=stamp.at_ms),
            "new_id": identities(who, "organisation", at_ms=stamp.at_ms),
            "valid_from": column["valid_from"],
            "name_key": fold_column(column["name"]),
            **{attribute: column[attribute] for attribute in ORGANISATION_ATTRIBUTES},
        }
    )


def records(feed: Feed, chunk: Chunk, stamp: Stamp, sealed: Mapping[str, str]) -> pa.Table:
    """The room's records. Shape: the temporary table ``r``. ``sealed``: staged column → kind it is sealed under."""
    happened = valid_from_sql(feed, chunk, stamp) if feed.happened_on else "CAST(NULL AS DATE)"
    select = {
        "row_no": "row_no", "content_hash": "content_hash", "key_hash": "key_hash", "extra": "extra",
        "happened_on": happened, "division_code": chunk.said(feed.division),
    }  # fmt: skip
    select |= {f"f_{name}": chunk.said(said) for name, said in feed.fields.items()}
    raw = chunk.select(select)
    column = {name: _one(raw[name]) for name in raw.column_names}
    own = counter_blocks(stamp.batch_id.bytes, column["row_no"].to_numpy(), 200)
    fields: dict[str, pa.Array] = {}
    for name, said in feed.fields.items():
        kind = sealed.get(said.name) if isinstance(said, Column) else None
        if kind:
            fields[f"{name}_cipher"], fields[f"{name}_blind"] = seal_column(kind, column[f"f_{name}"])  # type: ignore[arg-type]
        else:
            fields[name] = column[f"f_{name}"]
    return pa.table(
        {
            "row_no": column["row_no"].cast(pa.int32()),
            "id": identities(own, "record", at_ms=stamp.at_ms, order=column["row_no"].to_numpy()),
            "key_digest": digest_column(column["key_hash"], "key"),
            "digest": digest_column(column["content_hash"], "row"),
            "division_code": column["division_code"],
            "happened_on": column["happened_on"],
            "extra_cipher": seal_column("extra", column["extra"])[0],
            **fields,
        }
    )


def places(feed: Feed, chunk: Chunk, stamp: Stamp) -> pa.Table | None:
    """One row per row of the place it speaks of. Shape: the temporary table ``l``."""
    party = feed.place
    if party is None:
        return None
    name, division = chunk.said(party.name), chunk.said(party.division)
    located = f"coalesce({division}, {quote(stamp.node_division)})"
    identity = f"concat_ws(chr(31), {quote(party.class_code)}, {name}, {located})"
    select = {"row_no": "row_no", "name": name, "division_code": located, "hash": f"unhex(md5({identity}))"}
    raw = chunk.select(select, f"{name} IS NOT NULL")
    column = {name: _one(raw[name]) for name in raw.column_names}
    who = np.frombuffer(b"".join(column["hash"].to_pylist()), np.uint8).reshape(-1, 16)
    return pa.table(
        {
            "row_no": column["row_no"].cast(pa.int32()),
            "name": column["name"],
            "division_code": column["division_code"],
            "new_id": identities(who, "place", at_ms=stamp.at_ms),
        }
    )


def household_table(keys: pa.Array, divisions: pa.Array, stamp: Stamp) -> pa.Table:
    """New households by the head's number: id, key_blind, division_code."""
    blinds = seal_column("id_number", keys)[1]
    return pa.table(
        {
            "id": identities(as_blocks(blinds), "household", at_ms=stamp.at_ms),
            "key_blind": blinds,
            "division_code": divisions,
        }
    )


def _one(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array."""
    return (
        pc.cast(column, pa.int64()).combine_chunks()
        if pa.types.is_integer(column.type)
        else column.combine_chunks()
    )
