import json, pytest
from tests.sharing.between.nodes import Node, joined
from tests.exchange.numbers import people, person
from tests.node import make_apart, standards_of_this_run, transactional_db
def test_d(make_apart, monkeypatch):
    monkeypatch.setattr(Node, "module", "tests.sharing.watching.agent")
    with joined(make_apart, "330000", "330100") as (province, city):
        print(province.do("look"))
        print(province.do("bring", feed="persons", text=people(*[person(f"王{n}", n) for n in range(1, 6)])))
        print("fetched", city.do("fetch"))
        print(province.do("sql", query="SELECT direction, seq, state, counts::text FROM between_batch"))
        print(province.do("sql", query="SELECT key, number, at::text FROM watching_position"))
        print(json.dumps(province.do("watch"), ensure_ascii=False, indent=1))
        print(city.do("diagnose", code="330000"))
        print(city.do("look"), city.do("told"), province.do("look", after_s=100), province.do("told"))
        assert 0
