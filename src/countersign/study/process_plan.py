"""The keys `form`, `process`, `repeats`, `gold`, `places`, `official`, `answers`, `limits` of a study file -> plans."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from countersign.errors import StudyError
from countersign.model.held_against import FormPlan, GoldPlan, LimitChange, OfficialPlan, PlacesPlan, RepeatPlan
from countersign.model.plan import Source
from countersign.model.process import (
    BackChecks,
    Cost,
    Feedback,
    PilotPlan,
    Process,
    ProtocolPlan,
    Round,
    TrainingPlan,
    Withdrawal,
)
from countersign.study.document import OPEN, Document

_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def read_form(spec: Any) -> FormPlan | None:
    """Turn `form` into a plan; None where the file says nothing."""
    if not spec or spec == OPEN:
        return None
    return FormPlan({"form": spec} if isinstance(spec, str) else {str(k): v for k, v in spec["files"].items()})


def read_process(spec: Mapping[str, Any], document: Document) -> Process:
    """Turn `process` into a noun.

    Raises
    ------
    StudyError: something that should be a day is none, a part is more than its whole, or an end lies before its
        beginning.
    """
    day = _days(document)
    protocol, pilot, training = spec.get("protocol"), spec.get("pilot"), spec.get("training")
    checks, cost = spec.get("back_checks"), spec.get("cost")
    _refuse_impossible(spec, document)
    withdrawals, feedback = spec.get("withdrawals"), spec.get("feedback")
    return Process(
        withdrawals=None
        if withdrawals is None
        else tuple(
            Withdrawal(
                asked=day(one.get("asked"), "process", "withdrawals", n, "asked"),
                done=day(one.get("done"), "process", "withdrawals", n, "done"),
            )
            for n, one in enumerate(withdrawals)
        ),
        protocol=ProtocolPlan(
            file=_text(protocol.get("file")),
            version=_text(protocol.get("version")),
            date=day(protocol.get("date"), "process", "protocol", "date"),
            sections=tuple(protocol.get("sections") or ()),
        )
        if protocol
        else None,
        pilot=PilotPlan(
            records=pilot.get("records"),
            date=day(pilot.get("date"), "process", "pilot", "date"),
            changes=_text(pilot.get("changes")),
        )
        if pilot
        else None,
        training=TrainingPlan(
            trained=training.get("trained"),
            passed=training.get("passed"),
            date=day(training.get("date"), "process", "training", "date"),
        )
        if training
        else None,
        back_checks=BackChecks(**checks) if checks else None,
        rounds=tuple(
            Round(
                period=_text(one["period"]),
                form=_text(one.get("form")),
                method=_text(one.get("method")),
                announced=day(one.get("announced"), "process", "rounds", n, "announced"),
                released=day(one.get("released"), "process", "rounds", n, "released"),
            )
            for n, one in enumerate(spec.get("rounds") or ())
        ),
        feedback=None
        if feedback is None
        else tuple(
            Feedback(
                date=day(one["date"], "process", "feedback", n, "date"),
                how=_text(one.get("how")),
                reached=one.get("reached"),
                opted_in=one.get("opted_in"),
                sent=one.get("sent"),
                round=_text(one.get("round")),
            )
            for n, one in enumerate(feedback)
        ),
        announced=day(spec.get("announced"), "process", "announced"),
        released=day(spec.get("released"), "process", "released"),
        cost=Cost(float(cost["amount"]), _text(cost.get("currency"))) if cost else None,
        languages={str(name): float(part) for name, part in (spec.get("languages") or {}).items()},
        accessible=tuple(spec.get("accessible") or ()),
        formats=tuple(spec.get("formats") or ()),
        asks_per_year=spec.get("asks_per_year"),
        **{name: _text(spec.get(name)) for name in ("stable_id", "catalogue", "api", "plain_version", "audio_version")},
    )


def _refuse_impossible(spec: Mapping[str, Any], document: Document) -> None:
    for section, part, whole in (("training", "passed", "trained"), ("back_checks", "agreed", "checked")):
        said = spec.get(section) or {}
        if said.get(part) is not None and said.get(whole) is not None and said[part] > said[whole]:
            raise StudyError(
                f"{said[part]} {part} of {said[whole]} {whole}: that cannot be.",
                where=document.where("process", section, part),
                expected=f"at most as many '{part}' as '{whole}'",
                action="correct one of the two numbers",
            )
    shares = sum((spec.get("languages") or {}).values())
    if shares > 1 + 1e-9:
        raise StudyError(
            f"The shares of the languages come to {shares:g}.",
            where=document.where("process", "languages"),
            expected="the language each person speaks best: shares that come to 1 at most",
            action="count every person under one language",
        )
    day = _days(document)
    for number, one in enumerate(spec.get("withdrawals") or ()):
        place = ("process", "withdrawals", number)
        asked, done = day(one.get("asked"), *place, "asked"), day(one.get("done"), *place, "done")
        if not asked or (done and done < asked[: len(done)]):
            raise StudyError(
                "Data were taken out before anybody asked for it." if asked else "Nobody says when it was asked for.",
                where=document.where(*place, "done" if asked else "asked"),
                expected="the day of the request under 'asked', and under 'done' the same day or a later one",
                action="correct the days; leave 'done' out while nothing has been done",
            )


def read_repeats(items: Any) -> tuple[RepeatPlan, ...]:
    """Turn `repeats` into plans."""
    return tuple(
        RepeatPlan(
            unit=_names(one["unit"]),
            of=_names(one["of"]),
            data=one.get("data", ""),
            second=one.get("second", ""),
            rater=one.get("rater", ""),
        )
        for one in items or ()
    )


def read_gold(items: Any) -> tuple[GoldPlan, ...]:
    """Turn `gold` into plans."""
    return tuple(
        GoldPlan(
            gold=one["gold"],
            unit=_names(one["unit"]),
            of=dict(one["of"]),
            data=one.get("data", ""),
            rater=one.get("rater", ""),
            positive={name: _text(value) for name, value in (one.get("positive") or {}).items()},
        )
        for one in items or ()
    )


def read_places(spec: Mapping[str, Any] | None) -> PlacesPlan | None:
    """Turn `places` into a plan; None where the file says nothing."""
    if not spec:
        return None
    return PlacesPlan(
        frame=spec.get("frame", ""),
        by=_names(spec["by"]),
        strata=_names(spec.get("strata")),
        covariates=_names(spec.get("covariates")),
        data=spec.get("data", ""),
        boundary=spec.get("boundary", ""),
    )


def read_official(
    name: str, spec: Mapping[str, Any], document: Document, *, source: Callable[[str, Mapping[str, Any]], Source]
) -> OfficialPlan:
    """Turn one entry of `official` into a plan; `source` reads what it says about its file."""
    day = _days(document)
    return OfficialPlan(
        source=source(name, spec),
        citation=_text(spec.get("source")),
        by=_names(spec.get("by")),
        value=spec.get("value", "value"),
        scale=float(spec.get("scale", 1.0)),
        published=day(spec.get("published"), "official", name, "published"),
        **{
            key: _text(spec.get(key))
            for key in (
                "indicator", "sdg", "standard_error", "lower", "upper", "year", "area", "concept", "why",
            )
        },
    )  # fmt: skip


def read_limits(spec: Mapping[str, Any] | None, document: Document) -> tuple[LimitChange, ...]:
    """Turn `limits` into changes, each with who, when and why.

    Raises
    ------
    StudyError: a change names no limit at all, a reason is empty, or the day is none.
    """
    day = _days(document)
    changes = []
    for limit, one in (spec or {}).items():
        where = document.where("limits", limit)
        if one.get("good") is None and one.get("warn") is None:
            raise StudyError(
                f"'{limit}' is listed, but nothing about it is changed.",
                where=where,
                expected="'good', 'warn' or both",
                action="say what the limit shall be, or take it out",
            )
        for key in ("why", "by"):
            if _text(one.get(key)).strip() in ("", OPEN):
                raise StudyError(
                    f"Nobody says {'who' if key == 'by' else 'why one'} changed the limit '{limit}'.",
                    where=document.where("limits", limit, key),
                    expected="a name" if key == "by" else "a reason in a sentence",
                    action="write it down: it becomes part of every output",
                )
        changes.append(
            LimitChange(
                limit=str(limit),
                why=_text(one["why"]),
                by=_text(one["by"]),
                date=day(one["date"], "limits", limit, "date"),
                good=_number(one.get("good")),
                warn=_number(one.get("warn")),
            )
        )
    return tuple(changes)


def read_day(value: Any, document: Document, *place: str | int) -> str:
    """Return a day, month or year as ISO 8601, empty where it is open; StudyError where it is none."""
    return _days(document)(value, *place)


def _days(document: Document) -> Callable[..., str]:
    def day(value: Any, *place: str | int) -> str:
        text = _text(value)
        if not text or text == OPEN:
            return ""
        try:
            if not _DAY.fullmatch(text):
                raise ValueError
            datetime.date.fromisoformat((text + "-01-01")[:10] if len(text) == 4 else (text + "-01")[:10])
        except ValueError:
            raise StudyError(
                "This is not a day of the calendar.",
                where=document.where(*place),
                expected="a year, month or day such as 2025, 2025-03 or 2025-03-01",
                action="write it as year-month-day",
            ) from None
        return text

    return day


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _names(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(cast("list[str]", value))
