"""Names of DCAT-AP 3.0 and what our codes are in its controlled vocabularies (DCAT 词汇).

Sources: DCAT-AP 3.0.0 (SEMIC), DCAT 3 (W3C), authority tables of the Publications Office of the European Union. ``TERMS`` is our
own namespace for what 政务信息资源目录 says and DCAT has no word for.
"""

from rdflib import Namespace
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, XSD

AUTHORITY = "http://publications.europa.eu/resource/authority/"
DCATAP = Namespace("http://data.europa.eu/r5r/")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
ADMS = Namespace("http://www.w3.org/ns/adms#")
TERMS = Namespace("urn:minzheng:terms:")
MEDIA = Namespace("https://www.iana.org/assignments/media-types/")

CHINESE = f"{AUTHORITY}language/ZHO"
THEMES = f"{AUTHORITY}data-theme"
# Code of UPDATE_CYCLE → frequency.
FREQUENCIES = {
    "1": "UPDATE_CONT", "2": "DAILY", "3": "WEEKLY", "4": "MONTHLY", "5": "QUARTERLY", "6": "ANNUAL", "9": "IRREG",
}  # fmt: skip
# Code of SHARE_TYPE → access right.
ACCESS_RIGHTS = {"1": "PUBLIC", "2": "RESTRICTED", "3": "NON_PUBLIC"}
# Data theme of a civil-affairs resource: population and society.
THEME = "SOCI"
# Method → format of what is handed over, and its media type.
FORMATS = {
    "realtime": ("JSON", "application/json"),
    "interface": ("JSON", "application/json"),
    "message": ("CSV", "text/csv"),
}

PREFIXES = {
    "adms": ADMS, "dcat": DCAT, "dcatap": DCATAP, "dcterms": DCTERMS, "eli": ELI, "foaf": FOAF, "rdf": RDF,
    "rdfs": RDFS, "skos": SKOS, "vcard": VCARD, "xsd": XSD, "mz": TERMS,
}  # fmt: skip
