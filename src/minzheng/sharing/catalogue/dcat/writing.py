"""The catalogue written as DCAT-AP 3 (目录的 DCAT 输出).

What a thing is called does not depend on where it is asked for: identities are URNs, addresses appear only where something is
to be fetched. No person is named in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, XSD

from minzheng.sharing.catalogue.dcat import vocabulary as v
from minzheng.sharing.catalogue.models import CatalogueEntry, Edition
from minzheng.sharing.catalogue.terms import DIRECTORY, METHODS

FORMATS = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}
MEDIA_TYPES = {"ttl": "text/turtle", "rdf": "application/rdf+xml", "jsonld": "application/ld+json"}
_ZH = "zh"


@dataclass(frozen=True, slots=True)
class Labels:
    """How the codes of entries are said, and whose catalogue it is (用语). ``label(table, code)``."""

    title: str
    publisher: str
    place: str
    share: Mapping[str, str]
    cycle: Mapping[str, str]


def serialised(graph: Graph, format_: str) -> bytes:
    """The graph as ``ttl``, ``rdf`` or ``jsonld`` (序列化)."""
    if format_ == "jsonld":
        return graph.serialize(format="json-ld", encoding="utf-8", indent=2, ensure_ascii=False)
    return graph.serialize(format=FORMATS[format_], encoding="utf-8")


def as_graph(edition: Edition, entries: Iterable[CatalogueEntry], labels: Labels, *, address: str) -> Graph:
    """An edition as a graph; ``address``: where this node is reached, without a slash at the end (目录图)."""
    writer = _Writer(edition, labels, address)
    for one in entries:
        writer.data_set(one)
    return writer.graph


class _Writer:
    def __init__(self, edition: Edition, labels: Labels, address: str) -> None:
        self.graph, self.labels, self.address = Graph(), labels, address
        for prefix, names in v.PREFIXES.items():
            self.graph.bind(prefix, names)
        self.base = f"urn:minzheng:{edition.division_code}"
        self.place = self._typed(f"{self.base}:place", DCTERMS.Location, RDFS.label, labels.place)
        self.language = self._typed(v.CHINESE, DCTERMS.LinguisticSystem, RDFS.label, "中文")
        self.theme = self._typed(f"{v.THEMES}/{v.THEME}", SKOS.Concept, SKOS.prefLabel, "人口与社会")
        self.catalogue, self.service = URIRef(f"{self.base}:catalogue"), URIRef(f"{self.base}:directory")
        self._head(edition)
        self._service()

    def _head(self, edition: Edition) -> None:
        scheme = self._typed(v.THEMES, SKOS.ConceptScheme, DCTERMS.title, "数据主题")
        publisher = self._agent(f"{self.base}:publisher", self.labels.publisher)
        page = self._typed(f"{self.address}/catalogue/", FOAF.Document, DCTERMS.title, "资源目录")
        about = f"{self.labels.place}可共享的民政数据资源，第 {edition.number} 版，依据已发布的标准规范编制。"
        self._say(self.catalogue, {
            RDF.type: DCAT.Catalog, DCTERMS.title: _zh(self.labels.title), DCTERMS.description: _zh(about),
            DCTERMS.publisher: publisher, DCTERMS.language: self.language, DCTERMS.spatial: self.place,
            DCTERMS.identifier: Literal(str(self.catalogue)), FOAF.homepage: page, DCAT.themeTaxonomy: scheme,
            DCAT.service: self.service,
            DCTERMS.modified: _moment(edition.published_at), DCTERMS.issued: _moment(edition.published_at),
            v.TERMS.edition: Literal(edition.number),
        })  # fmt: skip

    def _service(self) -> None:
        """目录服务: this catalogue by machine."""
        self._say(self.service, {
            RDF.type: DCAT.DataService, DCTERMS.title: _zh("目录服务"),
            DCTERMS.description: _zh("以 DCAT-AP 3 提供本目录（Turtle、RDF/XML、JSON-LD）。"),
            DCAT.endpointURL: URIRef(f"{self.address}/catalogue/dcat.ttl"),
            DCTERMS.accessRights: self._right("PUBLIC"),
        })  # fmt: skip

    def data_set(self, one: CatalogueEntry) -> None:
        """A data set with one distribution a method."""
        content, this = one.content, URIRef(f"{self.base}:dataset:{one.data_set}")
        number = one.code.partition("/")[0]
        self.graph.add((self.catalogue, DCAT.dataset, this))
        self.graph.add((self.service, DCAT.servesDataset, this))
        said = {
            RDF.type: DCAT.Dataset,
            DCTERMS.title: _zh(content["name"]),
            DCTERMS.description: _zh(content["summary"] or content["name"]),
            DCTERMS.identifier: Literal(one.code),
            DCTERMS.publisher: self._agent(f"{this}:publisher", content["provider"]),
            DCTERMS.language: self.language,
            DCTERMS.spatial: self.place,
            DCAT.theme: self.theme,
            DCAT.contactPoint: self._contact(this, content["provider"]),
            DCAT.landingPage: self._typed(
                f"{self.address}/catalogue/entries/{one.data_set}/",
                FOAF.Document,
                DCTERMS.title,
                content["name"],
            ),
            v.TERMS.dataSet: Literal(one.data_set),
            v.TERMS.category: Literal(number),
            v.TERMS.shareType: Literal(content["share_type"]),
            v.TERMS.openType: Literal(content["open_type"]),
            v.TERMS.dataLevel: Literal(content["data_level"]),
        }
        if content["share_type"] in v.ACCESS_RIGHTS:
            said[DCTERMS.accessRights] = self._right(v.ACCESS_RIGHTS[content["share_type"]])
        if content["cycle"] in v.FREQUENCIES:
            said[DCTERMS.accrualPeriodicity] = self._frequency(content["cycle"])
        if content["issued_on"]:
            said[DCTERMS.issued] = Literal(content["issued_on"], datatype=XSD.date)
        self._say(this, said)
        for item in content["items"]:
            self.graph.add((this, DCAT.keyword, _zh(item["name"])))
        for law in _laws(content):
            self.graph.add((this, v.DCATAP.applicableLegislation, self._law(this, law)))
        for method in content["methods"]:
            if method != DIRECTORY:
                self._distribution(this, one, method)

    def _distribution(self, data_set: URIRef, one: CatalogueEntry, method: str) -> None:
        this = URIRef(f"{data_set}:{method}")
        kind, media = v.FORMATS[method]
        page = f"{self.address}/catalogue/entries/{one.data_set}/"
        self.graph.add((data_set, DCAT.distribution, this))
        self._say(this, {
            RDF.type: DCAT.Distribution, DCTERMS.title: _zh(METHODS[method]), DCAT.accessURL: URIRef(page),
            DCTERMS.format: self._typed(
                f"{v.AUTHORITY}file-type/{kind}", DCTERMS.MediaTypeOrExtent, RDFS.label, kind
            ),
            DCAT.mediaType: self._typed(str(v.MEDIA[media]), DCTERMS.MediaType, RDFS.label, media),
            v.DCATAP.availability: self._typed(
                f"{v.AUTHORITY}planned-availability/AVAILABLE", SKOS.Concept, SKOS.prefLabel, "可用"
            ),
            DCTERMS.rights: self._typed(
                f"{data_set}:rights", DCTERMS.RightsStatement, RDFS.label, self._rights(one.content)
            ),
        })  # fmt: skip

    def _rights(self, content: Mapping[str, Any]) -> str:
        said = self.labels.share.get(content["share_type"], "共享类型待定")
        for label, name in (("条件", "share_condition"), ("依据", "share_basis")):
            if content[name]:
                said += f"；{label}：{content[name]}"
        return said

    def _agent(self, name: str, text: str) -> URIRef:
        return self._typed(name, FOAF.Agent, FOAF.name, text or "待定")

    def _contact(self, data_set: URIRef, provider: str) -> URIRef:
        """An office, never a person."""
        this = self._typed(f"{data_set}:contact", v.VCARD.Kind, v.VCARD.fn, provider or "待定")
        self.graph.add((this, RDF.type, v.VCARD.Organization))
        return this

    def _law(self, data_set: URIRef, title: str) -> URIRef:
        count = sum(1 for _ in self.graph.objects(data_set, v.DCATAP.applicableLegislation))
        return self._typed(f"{data_set}:law:{count + 1}", v.ELI.LegalResource, DCTERMS.title, title)

    def _right(self, code: str) -> URIRef:
        name = f"{v.AUTHORITY}access-right/{code}"
        return self._typed(name, DCTERMS.RightsStatement, RDFS.label, code)

    def _frequency(self, cycle: str) -> URIRef:
        name = f"{v.AUTHORITY}frequency/{v.FREQUENCIES[cycle]}"
        return self._typed(name, DCTERMS.Frequency, RDFS.label, self.labels.cycle.get(cycle, cycle))

    def _typed(self, name: str, kind: URIRef, label: URIRef, text: str) -> URIRef:
        """A thing with its class and what it is called, so that who reads needs fetch nothing."""
        this = URIRef(name)
        self.graph.add((this, RDF.type, kind))
        self.graph.add((this, label, _zh(text)))
        return this

    def _say(self, this: URIRef, said: Mapping[URIRef, Any]) -> None:
        for name, value in said.items():
            if value is not None:
                self.graph.add((this, name, value))


def _laws(content: Mapping[str, Any]) -> list[str]:
    """Each law once, in the order given."""
    said = f"{content['share_basis']}；{content['legal_basis']}"
    return list(dict.fromkeys(one.strip() for one in said.split("；") if one.strip()))


def _zh(text: str) -> Literal:
    return Literal(text, lang=_ZH)


def _moment(at: Any) -> Literal | None:
    return Literal(at.isoformat(), datatype=XSD.dateTime) if at else None
