"""The trail: every act the product writes has a name an auditor can read, and so has every kind of object."""

import ast
from collections.abc import Iterator

from tests.house.source import python_files, tree

from minzheng.foundation.audit.terms import ACTIONS, KINDS


def written(keyword: str) -> Iterator[tuple[str, str]]:
    """(value, file) of every literal that is written to the trail under a keyword."""
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and any(k.arg == "object_kind" for k in node.keywords):
                for one in node.keywords:
                    if one.arg == keyword and isinstance(one.value, ast.Constant):
                        yield one.value.value, path.name


def test_every_act_has_a_name():
    acts = dict(written("action"))
    assert len(acts) > 20
    assert not {f"{act} ({where})" for act, where in acts.items() if act not in ACTIONS}


def test_every_kind_of_object_has_a_name():
    assert not {f"{kind} ({where})" for kind, where in written("object_kind") if kind and kind not in KINDS}
