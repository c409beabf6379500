"""Who answered: the person or somebody else, and for whom (B3)."""

from __future__ import annotations

import pytest
from making import dataset, found, plan

from countersign.model.finding import State
from countersign.model.plan import Population

DOMAINS = ["seeing", "hearing", "walking", "cognition", "selfcare", "communication"]


def people(engine, *groups):
    """Groups of (sex, code of seeing, records, answered by somebody else)."""
    columns = {name: [] for name in ("sex", "proxy", *DOMAINS)}
    for sex, seeing, records, proxies in groups:
        columns["sex"] += [sex] * records
        columns["proxy"] += ["yes"] * proxies + ["no"] * (records - proxies)
        columns["seeing"] += [seeing] * records
        for name in DOMAINS[1:]:
            columns[name] += ["1"] * records
    said = {name: {"bank": f"WG-SS/{name}", "type": "category"} for name in DOMAINS}
    return dataset(engine, columns, unit="person", variables=said, roles={"proxy": ("proxy",)})


@pytest.mark.parametrize(("proxies", "state"), [(4, State.PASS), (5, State.WARN), (12, State.WARN), (13, State.FAIL)])
def test_the_group_with_most_answers_by_others_decides(engine, proxies, state):
    """Forty people with a disability; 4, 5, 12 and 13 of them are 10, 12.5, 30 and 32.5 %."""
    finding = found(people(engine, ("f", "3", 40, proxies), ("m", "1", 160, 0)), "proxy_answers")
    assert (finding.state, finding.value, finding.count) == (state, proxies / 40, proxies)
    assert "'with disability'" in finding.message


def test_groups_the_study_speaks_for_are_looked_at(engine):
    data = people(engine, ("f", "1", 40, 20), ("m", "1", 60, 0))
    said = plan(population=Population(who="all", groups={"sex": ("f",)}))
    assert found(data, "proxy_answers", plan=said).value == 0.5
    assert found(data, "proxy_answers").value == 0.2


def test_small_groups_are_told_and_not_judged(engine):
    finding = found(people(engine, ("f", "3", 29, 29), ("m", "1", 261, 0)), "proxy_answers")
    assert (finding.value, finding.state) == (0.1, State.PASS)
    assert finding.evidence["too_small"] == ["with disability"]


def test_who_answered_is_not_assessed_where_nobody_wrote_it_down(engine):
    assert found(dataset(engine, {"a": [1]}), "proxy_answers").state is State.NOT_ASSESSED
    blank = dataset(engine, {"a": [1], "proxy": [None]}, roles={"proxy": ("proxy",)})
    assert found(blank, "proxy_answers").state is State.NOT_ASSESSED
