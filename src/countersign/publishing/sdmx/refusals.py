"""Why figures cannot go out as SDMX, in one voice: where in the study file, what, what would be right, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping

from countersign.errors import ReleaseError

Where = Callable[..., str]
MOST = 6
FEW = 10  # lists up to so many codes are told whole


def in_study(*place: str) -> str:
    """Return a place of the study file where its lines are not known."""
    return "study.yaml, " + ".".join(place)


def near(code: str, codes: Iterable[str] | Mapping[str, str], *, most: int = MOST) -> str:
    """Return the codes that come nearest, by code and by name, with their names; the first ones where none is near."""
    named = codes if isinstance(codes, Mapping) else dict.fromkeys(codes, "")
    wanted = code.casefold()
    words = {text.casefold(): key for key, name in named.items() for text in (name, key) if text}
    close = [words[word] for word in difflib.get_close_matches(wanted, words, n=most, cutoff=0.55)]
    close += [key for key, name in named.items() if wanted and wanted in name.casefold()]
    few = list(named) if len(named) <= FEW else []
    chosen = few or list(dict.fromkeys(close))[:most] or list(named)[:most]
    more = len(named) - len(chosen)
    told = ", ".join(f"{key} ({named[key]})" if named[key] else key for key in chosen)
    return told + (f", or another of {len(named)}" if more > 0 else "")


def refusal(problem: str, *, where: str, expected: str, action: str) -> ReleaseError:
    """Return the error that stops a release."""
    return ReleaseError(problem, where=where, expected=expected, action=action)
