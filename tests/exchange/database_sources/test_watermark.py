"""How far a source has been read moves with what was loaded, never without it."""

from datetime import timedelta

import psycopg
import pytest
from django.db import connection, transaction
from tests.exchange.database_sources.pulling import (
    entered,
    minutes_ago,
    names,
    outcome,
    pull,
    put,
)

from minzheng.exchange import flow, services, sources
from minzheng.exchange.errors import SourceError
from minzheng.exchange.models import Batch
from minzheng.foundation.database.url import libpq_uri


def test_a_pull_interrupted_while_loading_is_finished_by_the_next_and_nothing_is_lost(server, monkeypatch):
    put(server, (1, "张三", minutes_ago(60)), (2, "李四", minutes_ago(50)))
    source = entered(server, overlap=timedelta(0))

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(flow, "load", killed)
        with pytest.raises(KeyboardInterrupt):
            pull(source)
    source.refresh_from_db()
    assert source.watermark_time is None and services.unfinished()
    put(server, (3, "王五", minutes_ago(1)))
    assert outcome(pull(source)) == (2, 1, 0, 1)
    assert not services.unfinished() and names() == {"张三", "李四", "王五"}
    assert source.watermark_key == ["3"]


def test_the_watermark_moves_with_the_batch_or_not_at_all(server, monkeypatch):
    put(server, (1, "张三", minutes_ago(60)))
    source = entered(server)

    def fail(batch):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(flow, "move_watermark", fail)
        with pytest.raises(RuntimeError):
            pull(source)
    assert Batch.objects.get().stage == "loaded"
    source.refresh_from_db()
    assert source.watermark_time is None
    services.run(Batch.objects.get())
    source.refresh_from_db()
    assert source.watermark_time is not None


def test_a_batch_begun_before_another_pull_does_not_move_the_watermark_back(server):
    put(server, (1, "张三", minutes_ago(60)))
    source = entered(server)
    pull(source)
    old = Batch.objects.get()
    put(server, (2, "李四", minutes_ago(10)))
    pull(source)
    mark = source.watermark_time
    with transaction.atomic():
        flow.move_watermark(old)
    source.refresh_from_db()
    assert source.watermark_time == mark


def test_two_pulls_of_one_source_do_not_run_side_by_side(server, monkeypatch):
    put(server, (1, "张三", minutes_ago(60)))
    source = entered(server)
    own = (sources.LOCK_CLASS, source.pk)
    with psycopg.connect(libpq_uri(connection.settings_dict)) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", own)
        with pytest.raises(SourceError, match="正在抽取"):
            pull(source)
        other.execute("SELECT pg_advisory_unlock(%s, %s)", own)
    assert outcome(pull(source)) == (1, 1, 0, 0)
