"""The catalogue as DCAT-AP 3: it meets the profile's constraints, is read back whole, stands at an open address."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyshacl
import pytest
from django.test import Client
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, SKOS, XSD

from minzheng.foundation.access.scope import Scope
from minzheng.sharing.catalogue.dcat import vocabulary as v
from minzheng.sharing.catalogue.dcat.reading import read_catalogue
from minzheng.sharing.catalogue.dcat.serving import document
from minzheng.sharing.catalogue.models import CatalogueEntry, Edition

SHAPES = Graph().parse(Path(__file__).with_name("dcat_ap_3.ttl"))
PARSERS = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}
BASE = "urn:minzheng:330000"
PROVINCE = Scope("330000", 4)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's and pyshacl's own


def problems(graph: Graph) -> str:
    conforms, _, said = pyshacl.validate(graph, shacl_graph=SHAPES)
    return "" if conforms else said


def written(format_: str) -> bytes:
    return document(PROVINCE, format_, address="https://node.example.gov", whole=True)[1]


@pytest.fixture
def graph(publish: Callable[[], Edition]) -> Graph:
    publish()
    return Graph().parse(data=written("ttl"), format="turtle")


def test_it_meets_the_constraints_in_every_format_and_each_reads_back_as_the_same(graph: Graph) -> None:
    assert problems(graph) == ""
    for format_, parser in PARSERS.items():
        again = Graph().parse(data=written(format_), format=parser)
        assert isomorphic(again, graph), format_
    asked = graph.query(
        "SELECT ?code ?right ?often WHERE { ?d a dcat:Dataset ; dcterms:identifier ?code ; dcterms:accessRights ?right ;"
        ' dcterms:accrualPeriodicity ?often ; dcterms:title "婚姻登记"@zh }'
    )
    ((code, right, often),) = asked
    assert (str(code), str(right)[-10:], str(often)[-5:]) == ("30733033000005/000001", "RESTRICTED", "DAILY")


SET, SPREAD = URIRef(f"{BASE}:dataset:marriages"), URIRef(f"{BASE}:dataset:marriages:message")
CATALOGUE, SERVICE = URIRef(f"{BASE}:catalogue"), URIRef(f"{BASE}:directory")
BREAKING: dict[str, tuple[Any, Any, Any]] = {  # without these (None: any) …
    "a catalogue without a title": (CATALOGUE, DCTERMS.title, None),
    "a catalogue without a publisher": (CATALOGUE, DCTERMS.publisher, None),
    "a catalogue without a description": (CATALOGUE, DCTERMS.description, None),
    "a data set without a title": (SET, DCTERMS.title, None),
    "a data set without a description": (SET, DCTERMS.description, None),
    "a distribution without an access address": (SPREAD, DCAT.accessURL, None),
    "a service without an end point": (SERVICE, DCAT.endpointURL, None),
    "an agent without a name": (None, FOAF.name, None),
    "a concept without a label": (None, SKOS.prefLabel, None),
    "a distribution of no class": (SPREAD, RDF.type, None),
    "a frequency of no class": (URIRef(f"{v.AUTHORITY}frequency/DAILY"), RDF.type, None),
    "a law of no class": (URIRef(f"{SET}:law:1"), RDF.type, None),
}
ADDING: dict[str, tuple[Any, Any, Any]] = {  # … or with these it must not pass
    "two publishers": (SET, DCTERMS.publisher, URIRef(f"{BASE}:publisher")),
    "two access rights": (SET, DCTERMS.accessRights, URIRef(f"{v.AUTHORITY}access-right/PUBLIC")),
    "a day that is none": (CATALOGUE, DCTERMS.issued, Literal("去年")),
    "a theme in words": (SET, DCAT.theme, Literal("婚姻")),
    "a format of our own": (SPREAD, DCTERMS.format, URIRef("urn:csv")),
    "a size in words": (SPREAD, DCAT.byteSize, Literal("很大")),
    "a language of our own": (SET, DCTERMS.language, URIRef("urn:zh")),
}


@pytest.fixture
def small(graph: Graph) -> Graph:
    """One data set of it, so that each fault is asked quickly."""
    for one in set(graph.subjects(RDF.type, DCAT.Dataset)) - {SET}:
        graph.remove((one, None, None))
        graph.remove((None, None, one))
    assert problems(graph) == ""
    return graph


def test_the_constraints_can_fail(small: Graph) -> None:
    passed = []
    for name, triple in BREAKING.items():
        broken = Graph() + small
        broken.remove(triple)
        assert len(broken) < len(small), name
        passed += [] if problems(broken) else [name]
    for name, triple in ADDING.items():
        passed += [] if problems(Graph() + small + _graph(triple)) else [name]
    assert not passed


def _graph(triple: tuple[Any, Any, Any]) -> Graph:
    graph = Graph()
    graph.add(triple)
    return graph


def test_a_node_reads_anothers_dcat_as_the_entries_it_was_written_from(
    publish: Callable[[], Edition],
) -> None:
    edition = publish()
    for format_ in PARSERS:
        said = {one.identifier: one for one in read_catalogue(written(format_), format_).entries}
        for entry in CatalogueEntry.objects.filter(edition=edition):
            content = said[entry.code].content
            assert said[entry.code].data_set == entry.data_set
            for name in (
                "code",
                "name",
                "provider",
                "share_type",
                "open_type",
                "data_level",
                "cycle",
                "issued_on",
            ):
                assert content[name] == entry.content[name], (format_, name)


def test_anyone_reads_it_without_a_login_and_not_what_is_not_shared(
    publish: Callable[[], Edition], client: Client, officer: Any
) -> None:
    edition = publish()
    CatalogueEntry.objects.filter(edition=edition, data_set="persons").update(share_type="3")
    answer = client.get("/catalogue/dcat.ttl")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/turtle; charset=utf-8")
    assert "public" in answer["Cache-Control"]
    graph = Graph().parse(data=answer.content, format="turtle")
    assert problems(graph) == ""
    titles = {
        str(title)
        for one in graph.subjects(RDF.type, DCAT.Dataset)
        for title in graph.objects(one, DCTERMS.title)
    }
    assert "婚姻登记" in titles and "人口底册" not in titles
    assert client.get("/catalogue/dcat.ttl", headers={"if-none-match": answer["ETag"]}).status_code == 304
    for name in (officer.display_name, edition.published_by_name):
        assert name not in answer.content.decode()
    client.force_login(officer)
    assert "人口底册" in client.get("/catalogue/dcat.ttl").content.decode()
    assert client.get("/catalogue/dcat.csv").status_code == 404
    (issued,) = graph.objects(CATALOGUE, DCTERMS.issued)
    assert issued.datatype == XSD.dateTime


def test_before_the_first_edition_there_is_nothing_to_read(node: Any, client: Client) -> None:
    answer = client.get("/catalogue/dcat.rdf")
    assert (answer.status_code, answer.content.decode().strip()) == (404, "本级目录还没有发布")
