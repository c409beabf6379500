"""A made-up network with two groups that keep to themselves, and recruitment along it; and slow, obvious versions."""

from __future__ import annotations

import itertools

import numpy as np


def network(seed: int, *, people: int = 2000, share: float = 0.3, mean: float = 10.0, within: float = 2.0):
    """Return neighbours and trait: `share` have it; those alike are tied `within` times as often as the others."""
    rng = np.random.default_rng(seed)
    trait = (rng.random(people) < share).astype(float)
    activity = rng.gamma(4, 1 / 4, people)
    like = np.where(trait[:, None] == trait[None, :], within, 1.0)
    chance = activity[:, None] * activity[None, :] * like
    chance *= mean * people / chance.sum()
    ties = np.triu(rng.random((people, people)) < chance, 1)
    ties |= ties.T
    for lonely in np.flatnonzero(~ties.any(axis=1)):
        other = int(rng.integers(people - 1))
        other += other >= lonely
        ties[lonely, other] = ties[other, lonely] = True
    return [np.flatnonzero(line) for line in ties], trait


def recruit(neighbours, *, seed: int, size: int = 400, seeds: int = 8, coupons: int = 3):
    """Return person, parent row (-1 for a seed): random seeds, each recruits up to `coupons` new acquaintances."""
    rng = np.random.default_rng(seed)
    degree = np.array([len(n) for n in neighbours])
    first = rng.choice(len(neighbours), seeds, replace=False, p=degree / degree.sum())
    person, parent, reached = list(first), [-1] * seeds, set(first.tolist())
    at = 0
    while len(person) < size:
        if at == len(person):
            new = int(rng.choice([n for n in range(len(neighbours)) if n not in reached]))
            person.append(new), parent.append(-1), reached.add(new)
        fresh = [n for n in neighbours[person[at]] if n not in reached]
        for new in rng.permutation(fresh)[: rng.integers(1, coupons + 1)]:
            if len(person) < size:
                person.append(int(new)), parent.append(at), reached.add(int(new))
        at += 1
    return np.array(person), np.array(parent)


def exact_inclusion(sizes, draws: int):
    """Return the chance of each unit to be among `draws` successive draws, by going through every order."""
    found = np.zeros(len(sizes))
    for order in itertools.permutations(range(len(sizes)), draws):
        chance, left = 1.0, sum(sizes)
        for unit in order:
            chance *= sizes[unit] / left
            left -= sizes[unit]
        found[list(order)] += chance
    return found
