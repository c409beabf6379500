"""numeric= and categories= say how a variable of the model is used. A name that the model does not have is refused.

Otherwise a figure that should be adjusted by a number would come out as if the number had not been named.
"""

from __future__ import annotations

import pytest

import countersign
from countersign import inference

AGES = {"sex": ["f", "m"] * 6, "age": [20.0, 31, 42, 53, 64, 25, 36, 47, 58, 69, 30, 41]}
VOLUNTEERS = AGES | {"yes": [1.0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1], "site": list(range(6)) * 2}
SURVEY = {name: values * 5 for name, values in (AGES | {"d": [20.0] * 12, "yes": [0.0, 1] * 6}).items()}
AREAS = {"area": list(range(12)), "value": AGES["age"], "v": [4.0] * 12, "sex": AGES["sex"]}


def table(columns):
    import pyarrow as pa

    return countersign.read(pa.table(columns))


VERBS = {
    "propensity": lambda a, b: inference.estimate_by_propensity(a, b, mean="yes", on="sex", numeric="age", weight="d"),
    "weights": lambda a, b: inference.weigh_by_propensity(a, b, on=["sex"], numeric=["age"], weight="d"),
    "doubly robust": lambda a, b: inference.estimate_doubly_robust(
        a, b, mean="yes", on=["sex"], numeric=["age"], weight="d"
    ),
    "imputation": lambda a, b: inference.impute_mass(a, b, mean="yes", on=["sex"], numeric=["age"], weight="d"),
    "blend": lambda a, b: inference.blend(b, a, mean="yes", numeric=["age"], weight="d"),
    "rate": lambda a, _: inference.estimate_rate(a, count="yes", on=["sex"], numeric=["age"]),
    "occupancy": lambda a, _: inference.estimate_occupancy(
        a, detected="yes = 1", site="site", on_visit=["sex"], numeric=["age"]
    ),
    "multilevel": lambda a, b: inference.poststratify_model(a, b, mean="yes", groups=["sex"], numeric=["age"]),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_number_that_is_no_variable_of_the_model_is_refused(verb):
    with pytest.raises(countersign.CountersignError, match="'age' is in numeric="):
        VERBS[verb](table(VOLUNTEERS), table(SURVEY))


def test_so_is_a_category_of_areas():
    with pytest.raises(countersign.CountersignError, match="'sex' is in categories="):
        inference.estimate_areas(table(AREAS), value="value", variance="v", area="area", categories=["sex"])


def test_numbers_crossed_with_others_or_of_the_outcome_alone_are_variables_of_the_model():
    found = inference.estimate_doubly_robust(
        table(VOLUNTEERS), table(SURVEY), mean="yes", on=["sex"], outcome="linear", outcome_on=["sex", "age"],
        numeric=["age"], weight="d",
    )  # fmt: skip
    assert found.rows()[0]["standard_error"] > 0
