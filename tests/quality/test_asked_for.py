"""An indicator that asks for an answer nobody gave is told about it, because its 0 looks like a result."""

from __future__ import annotations

from making import dataset, found, plan

from countersign.model.plan import IndicatorPlan
from countersign.quality import assess


def asking(numerator: str, where: str = "") -> dict[str, IndicatorPlan]:
    return {"stamps": IndicatorPlan(name="stamps", statistic="proportion", numerator=numerator, where=where)}


def test_an_answer_that_is_written_otherwise_is_named(engine) -> None:
    data = dataset(engine, {"stamps": ["yes", "no", "no"], "sex": ["f", "m", "f"]})
    finding = found(data, "answer_absent", plan=plan(indicators=asking("stamps = 'Yes' and not (sex in ('f', 'x'))")),
                    subject="stamps: Yes")  # fmt: skip
    assert (finding.state.value, finding.count) == ("warn", 0)
    assert "'Yes' in 'stamps'" in finding.message
    assert "'stamps' asks" in finding.message


def test_an_answer_that_was_given_is_not_mentioned(engine) -> None:
    data = dataset(engine, {"stamps": ["Yes", "no", None]}, kept=[False, True, True])
    findings = assess(data, plan=plan(indicators=asking("stamps = 'Yes'", where="not (stamps is missing)")))
    assert not [one for one in findings if one.check == "answer_absent"]
