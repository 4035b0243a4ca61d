"""Fault rules: their text, their JSON, invalid ones, and the requests that trigger them."""

from __future__ import annotations

import pytest

from myonlinestore.sandbox.faults import Fault, Faults

RULES = [
    "getArticles nth=3 status=503 retry_after=2",
    "* probability=0.02 burst=5 status=429 retry_after_date=1",
    "get* every=10 delay=0.1-0.5",
    "postOrder nth=1,4-6 times=2 drop=lost reset=true",
    "getStore body=gzip",
    "getArticles nth=2- insert=1 change=2 delete=3 where=first",
]


def find_triggered_positions(rule: str, operations: list[str], seed: int = 7) -> list[int]:
    """Return the positions, from 1, of the requests that trigger a rule."""
    faults = Faults(seed, [Fault.parse(rule)])
    return [at for at, operation in enumerate(operations, 1) if faults.match(operation)]


@pytest.mark.parametrize("text", RULES)
def test_a_rule_is_its_text(text: str) -> None:
    """Parsing a rule and writing it down gives the same text."""
    assert str(Fault.parse(text)) == text


@pytest.mark.parametrize("text", RULES)
def test_a_rule_is_its_json(text: str) -> None:
    """A rule made of its own parts is equal to it."""
    rule = Fault.parse(text)
    assert Fault.from_dict({"operation": rule.operation, **rule.set_fields()}) == rule
    assert hash(Fault.parse(text)) == hash(rule)


def test_a_rule_from_python_is_the_one_from_text() -> None:
    """Numbers and text make the same rule."""
    rule = Fault("getArticles", nth=3, delay=0.5, status=503)
    assert rule == Fault.parse("getArticles nth=3 delay=0.5 status=503")


def test_without_an_operation_it_is_about_every_one() -> None:
    """A text that begins with a part is about all operations."""
    assert Fault.parse("status=500") == Fault(status=500)
    assert Fault(status=500).operation == "*"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("getArticle5 status=500", "did you mean getArticle"),
        ("zzz status=500", r"unknown operation 'zzz'.*operationIds"),
        ("* statsu=500", "unknown field 'statsu': did you mean status"),
        ("* qqq=500", "unknown field 'qqq'; known fields are nth, every"),
        ("* 500", "'500' is not name=value"),
        ("*", "has no effect: add a status"),
        ("", "has no effect"),
        ("* nth=3", "has no effect"),
        ("* status=200", "status=200 must be a whole number from 400 to 599"),
        ("* status=oops", "status=oops must be a whole number"),
        ("* status=500 nth=0", "nth=0 must be positions counted from 1"),
        ("* status=500 nth=5-3", "nth=5-3 must be positions"),
        ("* status=500 nth=a", "nth=a must be positions"),
        ("* status=500 every=0", "every=0 must be a whole number of 1 or more"),
        ("* status=500 probability=2", "probability=2 must be a probability"),
        ("* status=500 probability=0", "probability"),
        ("* status=500 probability=x", "probability"),
        ("* status=500 probability=nan", "probability"),
        ("* delay=-1", "delay=-1 must be seconds"),
        ("* delay=2-1", "delay=2-1 must be seconds"),
        ("* delay=soon", "delay=soon must be seconds"),
        ("* drop=never", "drop=never must be one of before, lost, headers, body, after"),
        ("* body=odd", "body=odd must be one of short, cut, garbled, gzip"),
        ("* drop=lost reset=maybe", "reset=maybe must be true or false"),
        ("* status=500 drop=lost", "status and drop exclude each other"),
        ("* delay=1 retry_after=2", "'retry_after' requires 'status'"),
        ("* status=500 reset=true", "'reset' requires 'drop'"),
        (
            "* status=429 retry_after=1 retry_after_date=1",
            "retry_after and retry_after_date exclude each other",
        ),
        (
            "getStore insert=1",
            "getStore matches no list with rows to insert: use one of getArticles",
        ),
        ("getArticles count=3", "getArticles is not a count: use one of getArticleCount"),
        ("getArticleCount count=0", "a whole number other than 0"),
        ("getArticleCount count=x", "a whole number such as 3 or -3"),
        ("getArticleCount count=1 status=500", "status and count exclude each other"),
        ("getStore duration=0 status=500", "a whole number of 1 or more"),
        ("getCategories delete=1", "getCategories matches no list with rows to delete"),
        ("getOrders insert=1 where=first", "'where' requires 'change' or 'delete'"),
    ],
)
def test_what_makes_no_rule_says_why(text: str, sentence: str) -> None:
    """A wrong rule raises one sentence that names the part and what it may be."""
    with pytest.raises(ValueError, match=rf"^fault: .*{sentence}"):
        Fault.parse(text)


@pytest.mark.parametrize("wrong", [{"status": True}, {"status": 503.5}, {"nth": []}])
def test_json_of_another_kind_makes_no_rule(wrong: dict[str, object]) -> None:
    """Values of the wrong JSON kind are refused as texts are."""
    with pytest.raises(ValueError, match="must be"):
        Fault.from_dict({"status": 500, **wrong})


@pytest.mark.parametrize(
    ("when", "positions"),
    [
        ("", [1, 2, 3, 4, 5, 6, 7]),
        ("nth=3", [3]),
        ("nth=1,4", [1, 4]),
        ("nth=3-5", [3, 4, 5]),
        ("nth=6-", [6, 7]),
        ("nth=1,3-4,7", [1, 3, 4, 7]),
        ("every=3", [3, 6]),
        ("nth=4- every=2", [4, 6]),
        ("times=2", [1, 2]),
        ("nth=2 burst=3", [2, 3, 4]),
        ("every=3 burst=2 times=3", [3, 4, 6]),
    ],
)
def test_requests_that_trigger_a_rule(when: str, positions: list[int]) -> None:
    """Positions, `every`, bursts and limits select among the matching requests."""
    assert find_triggered_positions(f"getStore {when} status=500", ["getStore"] * 7) == positions


def test_only_its_operation_is_counted() -> None:
    """Requests of other operations are not counted and do not trigger."""
    sent = ["getStore", "getOrders", "getStore", "getOrder", "getStore"]
    assert find_triggered_positions("getStore nth=2 status=500", sent) == [3]
    assert find_triggered_positions("getOrd* nth=2 status=500", sent) == [4]
    assert find_triggered_positions("* nth=2 status=500", sent) == [2]


def test_chance_is_the_seeds() -> None:
    """The same seed selects the same requests; another one selects others, about as many."""
    rule, sent = "* probability=0.3 status=500", ["getStore"] * 400
    first = find_triggered_positions(rule, sent)
    assert find_triggered_positions(rule, sent) == first
    assert find_triggered_positions(rule, sent, seed=8) != first
    assert 80 < len(first) < 160


def test_rules_have_chances_of_their_own() -> None:
    """Two rules with the same text select different requests, independently of each other."""
    rule = Fault(probability=0.3, status=500)
    both, alone = Faults(7, [rule, rule]), Faults(7, [rule])
    positions_by_seed: list[list[int]] = []
    for _ in range(200):
        both.match("getStore")
        alone.match("getStore")
        positions_by_seed.append([live.triggered for live in (*both.active(), *alone.active())])
    first, second, undisturbed = zip(*positions_by_seed, strict=True)
    assert first != second
    assert first == undisturbed


def test_rules_come_and_go() -> None:
    """Rules are added as text or as they are, listed, counted, removed and cleared."""
    faults = Faults(7)
    rule = faults.add("getStore status=500")
    other = faults.add(Fault("getOrders", status=502))
    faults.match("getStore")
    assert (list(faults), len(faults)) == ([rule, other], 2)
    assert (faults.trigger_count(rule), faults.trigger_count("getOrders status=502")) == (1, 0)
    faults.remove("getStore status=500")
    with pytest.raises(KeyError, match="getStore"):
        faults.remove(rule)
    faults.remove(2)
    assert list(faults) == []
    faults.add(rule)
    faults.clear()
    assert faults.match("getStore") is None


def test_reset_begins_counting_again() -> None:
    """After a reset the rules count from zero."""
    faults = Faults(7, [Fault(nth=1, status=500)])
    assert [bool(faults.match("getStore")) for _ in range(2)] == [True, False]
    faults.reset(7, [Fault(nth=1, status=500)])
    assert faults.match("getStore")
