"""Hidden populations: how many there are, from lists that overlap; what they are like, from chains of recruitment.

::

    log_linear(histories(["police", "clinic", "shelter"], counts))
    respondent_driven(recruitment(ids, recruiters, degrees), answers, seed=1)
"""

from countersign.estimation.hidden.dependence_on_seeds import SeedDependence, dependence_on_seeds
from countersign.estimation.hidden.histories import Histories, histories
from countersign.estimation.hidden.log_linear import ListModel, ListModels, hierarchical, log_linear, profile_limits
from countersign.estimation.hidden.lower_bound import chao_of_counts, chao_of_lists
from countersign.estimation.hidden.population import (
    PopulationSize,
    SizeOptions,
    population_size,
    population_size_of_counts,
)
from countersign.estimation.hidden.recruitment import Recruitment, degrees, recruitment
from countersign.estimation.hidden.respondent_driven import (
    cross_recruitment_share,
    inverse_degree_mean,
    respondent_driven,
)
from countersign.estimation.hidden.sizes import Size, log_normal
from countersign.estimation.hidden.successive_sampling import successive_inclusion
from countersign.estimation.hidden.tree_bootstrap import resampled_trees
from countersign.estimation.hidden.two_lists import chapman, lincoln_petersen, transformed_logit

__all__ = [
    "Histories",
    "ListModel",
    "ListModels",
    "PopulationSize",
    "Recruitment",
    "SeedDependence",
    "Size",
    "SizeOptions",
    "chao_of_counts",
    "chao_of_lists",
    "chapman",
    "cross_recruitment_share",
    "degrees",
    "dependence_on_seeds",
    "hierarchical",
    "histories",
    "inverse_degree_mean",
    "lincoln_petersen",
    "log_linear",
    "log_normal",
    "population_size",
    "population_size_of_counts",
    "profile_limits",
    "recruitment",
    "resampled_trees",
    "respondent_driven",
    "successive_inclusion",
    "transformed_logit",
]
