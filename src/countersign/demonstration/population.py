"""The people of Tavoria, a country that does not exist: everybody in it, so that every figure about it is known.

Only uniform random numbers are drawn; all else is computed from them, so that one seed gives one country.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.str_]
Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

REGIONS = (
    "Amber Coast",
    "Birch Hills",
    "Central Plain",
    "Delta",
    "Eastlands",
    "Fern Valley",
    "Granite Range",
    "Harbour",
)
_REGION_SHARE = (0.14, 0.09, 0.19, 0.12, 0.11, 0.10, 0.07, 0.18)
_REGION_URBAN = (0.45, 0.22, 0.40, 0.28, 0.20, 0.30, 0.18, 0.82)
_REGION_WATER = (0.3, -0.5, 0.4, -0.7, -0.9, 0.1, -1.1, 0.8)
SEXES = ("female", "male")
RESIDENCES = ("rural", "urban")
EDUCATION = ("none", "primary", "secondary", "higher")
AGE_GROUPS = ("18-29", "30-44", "45-59", "60+")
AGE_LIMITS = (30, 45, 60)
DOMAINS = ("seeing", "hearing", "walking", "remembering", "self_care", "communicating")
_DOMAIN_START = (-0.45, -1.05, -0.60, -0.80, -1.45, -1.50)  # where "some difficulty" begins on the latent scale


@dataclass(frozen=True)
class People:
    """Everybody aged 18 and over, one entry a person.

    Parameters
    ----------
    region, residence, sex, education: words. age: years. difficulties: one column per domain of functioning, coded 1
        (no difficulty) to 4 (cannot do). water_source: words. fetch_minutes: round trip, 0 where water is piped home.
    skipped_meals: for lack of money. electricity, savings: questions that the statistical office asked too.
    standing: how well off and well connected somebody is; no form asks it. phone: owns one.
    """

    region: Texts
    residence: Texts
    sex: Texts
    age: Codes
    education: Texts
    difficulties: Codes
    water_source: Texts
    fetch_minutes: Codes
    skipped_meals: Flags
    electricity: Flags
    savings: Flags
    standing: Numbers
    phone: Flags

    @property
    def size(self) -> int:
        """Number of people."""
        return int(self.age.size)

    @property
    def disability(self) -> Flags:
        """At least one domain with a lot of difficulty or cannot do (Washington Group identifier)."""
        return np.asarray((self.difficulties >= 3).any(axis=1))

    @property
    def basic_water(self) -> Flags:
        """Piped home, or a protected source within a round trip of 30 minutes."""
        protected = np.isin(self.water_source, ("public tap", "protected well")) & (self.fetch_minutes <= 30)
        return np.asarray((self.water_source == "piped home") | protected)


def normal(rng: np.random.Generator, size: int) -> Numbers:
    """Return standard normal numbers from two uniforms each (Box and Muller 1958)."""
    radius = np.sqrt(-2.0 * np.log1p(-rng.random(size)))
    return np.asarray(radius * np.cos(2.0 * np.pi * rng.random(size)))


def chance(rng: np.random.Generator, score: NDArray[np.floating[Any]]) -> Flags:
    """Return a draw of yes or no with P(yes) = 1 / (1 + exp(-score))."""
    return np.asarray(rng.random(score.size) < 1.0 / (1.0 + np.exp(-score)))


def populate(rng: np.random.Generator, size: int) -> People:
    """Return a country of `size` adults.

    Water follows region, residence and education, which the census knows. Skipping meals follows the standing of a
    person as well, which no census and no form knows, and which also decides who owns a phone and who calls.
    """
    place = np.searchsorted(np.cumsum(_REGION_SHARE)[:-1], rng.random(size), side="right")
    urban = rng.random(size) < np.asarray(_REGION_URBAN)[place]
    woman = rng.random(size) < 0.52
    age = (18 + 68 * rng.random(size) ** 1.7).astype(np.int64)
    school = 1.1 * urban - 0.035 * (age - 40) - 0.35 * woman + 1.6 * normal(rng, size)
    level = np.searchsorted((-0.9, 0.7, 2.6), school)
    standing = normal(rng, size)
    limits = np.clip((age - 55) / 22.0, -1.2, 1.6) - 0.25 * standing
    shared = normal(rng, size)
    difficulties = np.empty((size, len(DOMAINS)), dtype=np.int64)
    for column, start in enumerate(_DOMAIN_START):
        strain = 0.55 * limits + 0.6 * shared + 0.7 * normal(rng, size) + start
        difficulties[:, column] = 1 + np.searchsorted((0.0, 0.95, 2.1), strain)
    disabled = (difficulties >= 3).any(axis=1)

    water = np.asarray(_REGION_WATER)[place] + 1.5 * urban + 0.35 * (level - 1)
    improved = chance(rng, water + 0.4)
    piped = improved & chance(rng, water - 1.0)
    surface = ~improved & chance(rng, -water - 1.2)
    tap = chance(rng, 0.9 * urban - 0.3)
    source = np.where(surface, "surface water", "open well")
    source = np.where(improved, np.where(tap, "public tap", "protected well"), source)
    source = np.where(piped, "piped home", source)
    walk = 4 + (-14.0 * (1.0 + 0.9 * ~urban) * np.log1p(-rng.random(size))).astype(np.int64)
    minutes = np.where(piped, 0, np.minimum(walk, 240))

    hungry = chance(rng, -0.35 - 1.0 * standing - 0.55 * (level - 1) - 0.6 * urban + 0.5 * disabled)
    electricity = chance(rng, -0.4 + 2.2 * urban + 0.4 * level + 0.5 * standing)
    savings = chance(rng, -1.6 + 0.5 * level + 0.3 * urban + 1.2 * standing)
    phone = chance(rng, 0.3 + 0.7 * urban + 0.5 * level - 0.3 * woman + 0.5 * standing - 0.4 * disabled)
    return People(
        region=np.asarray(REGIONS)[place],
        residence=np.where(urban, "urban", "rural"),
        sex=np.where(woman, "female", "male"),
        age=age,
        education=np.asarray(EDUCATION)[level],
        difficulties=difficulties,
        water_source=source,
        fetch_minutes=minutes,
        skipped_meals=hungry,
        electricity=electricity,
        savings=savings,
        standing=standing,
        phone=phone,
    )
