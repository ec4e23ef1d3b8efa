"""Reading another portal's DCAT (读取 DCAT): what its data sets say, with the words of our catalogue where they fit.

Nothing else is fetched: an XML document may declare no entities, a JSON-LD document brings its context with it.
"""

import json
import logging
import re
from collections.abc import Iterable
from typing import Any

from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS
from rdflib.term import Literal, Node

from minzheng.sharing.catalogue.codes import ResourceCode
from minzheng.sharing.catalogue.dcat import vocabulary as v
from minzheng.sharing.catalogue.services.received import MOST_ENTRIES, Catalogue, Refusal, Said
from minzheng.sharing.catalogue.terms import CatalogueError

FORMATS = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}
_SHARE = {f"{v.AUTHORITY}access-right/{right}": code for code, right in v.ACCESS_RIGHTS.items()}
_CYCLE = {f"{v.AUTHORITY}frequency/{name}": code for code, name in v.FREQUENCIES.items()}
_LONGEST, _MOST = 2000, 50
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([^\"']+)")


class UnreadableError(CatalogueError):
    """A document that is no DCAT catalogue, and why (不能读取)."""


def read_catalogue(content: bytes, format_: str) -> Catalogue:
    """The data sets of a document; those that say too little are refused each (读取目录). Raises ``UnreadableError``."""
    graph = _graph(content, format_)
    found: dict[str, Said] = {}
    refused = []
    nodes = sorted(set(graph.subjects(RDF.type, DCAT.Dataset)), key=str)
    if not nodes:
        raise UnreadableError("文件中没有 dcat:Dataset，未接收，原有条目保留")
    if len(nodes) > MOST_ENTRIES:
        raise UnreadableError(f"目录超过 {MOST_ENTRIES} 条，未接收")
    for node in nodes:
        identifier = _identifier(graph, node)
        problem = _problem(graph, node, identifier)
        if identifier in found:
            problem = "来源标识重复"
        if problem:
            refused.append(Refusal(identifier or "（无标识）", problem))
        else:
            content_ = _content(graph, node)
            found[identifier] = Said(identifier, content_, _one(graph, node, v.TERMS.dataSet)[:100])
    if not found:
        raise UnreadableError(f"全部 {len(refused)} 条都不能识别：{refused[0].reason}；原有条目保留")
    return Catalogue(list(found.values()), refused)


def _graph(content: bytes, format_: str) -> Graph:
    if format_ not in FORMATS:
        raise UnreadableError(f"没有“{format_[:20]}”这种格式，可用：{'、'.join(FORMATS)}")
    if format_ == "rdf":
        _plain_xml(content)
    if format_ == "jsonld":
        _own_context(content)
    graph = Graph()
    logger = logging.getLogger("rdflib.term")
    before, logger.disabled = logger.disabled, True  # a strange date is theirs to mend, not for our log
    try:
        graph.parse(data=content, format=FORMATS[format_], publicID="urn:harvested:")
    except Exception as error:  # rdflib's parsers raise whatever their helpers raise
        first = " ".join(str(error).split())[:120]
        raise UnreadableError(f"不是有效的 {format_} 文件：{type(error).__name__} {first}") from error
    finally:
        logger.disabled = before
    return graph


def _plain_xml(content: bytes) -> None:
    """No document type, and in an encoding in which one would be seen: a declared code page could hide it."""
    declared = _ENCODING.search(content[:200])
    foreign = declared is not None and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii")
    if foreign or b"\x00" in content:
        raise UnreadableError("XML 不是 UTF-8，未读取")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise UnreadableError("XML 带有文档类型或实体声明，为安全起见未读取")


def _own_context(content: bytes) -> None:
    """A context by address would be fetched from wherever the document says."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("不是有效的 JSON") from error
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            contexts = one.get("@context")
            for context in contexts if isinstance(contexts, list) else [contexts]:
                if isinstance(context, str) or (isinstance(context, dict) and "@import" in context):
                    raise UnreadableError("JSON-LD 引用了外部 @context，为安全起见未读取；请内嵌 @context")
            waiting += one.values()


def _identifier(graph: Graph, node: Node) -> str:
    own = sorted(str(value) for value in graph.objects(node, DCTERMS.identifier))
    return own[0].strip() if own and own[0].strip() else (str(node) if isinstance(node, URIRef) else "")


def _problem(graph: Graph, node: Node, identifier: str) -> str:
    if not identifier:
        return "没有标识（dct:identifier 或 IRI）"
    if len(identifier) > 400:
        return "标识超过 400 字"
    if not _one(graph, node, DCTERMS.title).strip():
        return "没有名称（dct:title）"
    return ""


def _content(graph: Graph, node: Node) -> dict[str, Any]:
    identifier = _one(graph, node, DCTERMS.identifier)
    access, cycle = _one(graph, node, DCTERMS.accessRights), _one(graph, node, DCTERMS.accrualPeriodicity)
    said = {
        "code": identifier if _is_code(identifier) else "",
        "name": _one(graph, node, DCTERMS.title)[:400],
        "provider": _named(graph, graph.objects(node, DCTERMS.publisher)),
        "summary": _one(graph, node, DCTERMS.description)[:_LONGEST],
        "share_type": _one(graph, node, v.TERMS.shareType) or _SHARE.get(access, ""),
        "open_type": _one(graph, node, v.TERMS.openType),
        "data_level": _one(graph, node, v.TERMS.dataLevel),
        "cycle": _CYCLE.get(cycle, ""),
        "issued_on": _one(graph, node, DCTERMS.issued)[:40],
        "modified": _one(graph, node, DCTERMS.modified)[:40],
        "keywords": sorted({str(word)[:100] for word in graph.objects(node, DCAT.keyword)})[:_MOST],
        "themes": sorted({str(theme)[:200] for theme in graph.objects(node, DCAT.theme)})[:_MOST],
        "landing_page": _one(graph, node, DCAT.landingPage)[:400],
        "distributions": _distributions(graph, node),
    }
    return {name: value for name, value in said.items() if value not in ("", [])}


def _distributions(graph: Graph, node: Node) -> list[dict[str, str]]:
    found = []
    for one in graph.objects(node, DCAT.distribution):
        said = {
            "title": _one(graph, one, DCTERMS.title)[:200],
            "access": _one(graph, one, DCAT.accessURL)[:400],
            "download": _one(graph, one, DCAT.downloadURL)[:400],
            "format": _one(graph, one, DCTERMS.format)[:200],
        }
        found.append({name: value for name, value in said.items() if value})
    return sorted(found, key=lambda said: sorted(said.items()))[:_MOST]


def _one(graph: Graph, node: Node, name: URIRef) -> str:
    """One value in words: Chinese where there is Chinese, else the first in order, so that it is the same each time."""
    values = sorted(graph.objects(node, name), key=lambda value: (_rank(value), str(value)))
    return str(values[0]) if values else ""


def _rank(value: Node) -> int:
    language = (value.language or "") if isinstance(value, Literal) else ""
    return 0 if language.startswith("zh") else 1 if not language else 2


def _named(graph: Graph, nodes: Iterable[Node]) -> str:
    for node in sorted(nodes, key=str):
        for name in (FOAF.name, RDFS.label, SKOS.prefLabel):
            if text := _one(graph, node, name):
                return text[:400]
        return str(node)[:400]
    return ""


def _is_code(text: str) -> bool:
    try:
        ResourceCode.parse(text)
    except ValueError:
        return False
    return True
