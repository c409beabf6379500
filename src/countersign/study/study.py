"""Study: one folder, one study.yaml, and the verbs; every verb is here, one screen each.

A verb does what it needs and no more: `estimate` takes in the data and weights them first if that has not been done.
What an earlier run has made from the same inputs is found again on the trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from countersign.catalogue import changed_limits
from countersign.errors import DataError
from countersign.study.progress import Progress, silent
from countersign.study.reading import StudyFile, read_study
from countersign.study.stepping import Stepping
from countersign.study.workplace import Workplace

if TYPE_CHECKING:
    from countersign.model.benchmark import Benchmark
    from countersign.model.contribution import Contributions
    from countersign.model.dataset import Dataset
    from countersign.model.documents import Documents
    from countersign.model.estimate import EstimateTable
    from countersign.model.experience import Experience
    from countersign.model.finding import Finding, Fitness
    from countersign.model.gap import Gap, GroupCoverage
    from countersign.model.microdata_risk import MicrodataRisk, SpecialUniques
    from countersign.model.plan import BenchmarkPlan, Plan
    from countersign.model.release import Comparison, Release
    from countersign.model.support import Support
    from countersign.model.weights import Weights
    from countersign.study.checking import OpenQuestion
    from countersign.study.examining import Beside
    from countersign.study.protecting import Asked, Leaving
    from countersign.study.widening import Widened


class Study(Stepping):
    """A study that can be run.

    Use it in a ``with`` statement, or call `close` at the end: it holds the output folder against a second run.

    Attributes
    ----------
    file: the study file as read. plan: what it says. path: as given. data_folder, given_folder: as given, or None.
    absent: optional data source -> why this delivery does not give it. warned: what `publish` found that the release in
    the folder before would tell beside the new one.
    """

    def __init__(self, file: StudyFile, place: Workplace, *, path: Path, folder: Path | None = None) -> None:
        self.file, self.place, self.path = file, place, path
        self.data_folder, self.given_folder = place.data, folder
        self._digests: dict[str, dict[str, str]] = {}
        self.absent: dict[str, DataError] = {}
        self.warned: tuple[str, ...] = ()

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        data: Path | str | None = None,
        folder: Path | str | None = None,
        engine: str = "",
        progress: Progress = silent,
    ) -> Study:
        """Open a study folder or study file.

        Parameters
        ----------
        data: folder with another delivery of the same files. folder: where output goes; the study's own if None.
        engine: ``duckdb``, ``polars`` or ``spark``, instead of the study's. progress: told about every step.

        Raises
        ------
        StudyError: the study file is missing, or says something that cannot be done; nothing has been written then.
        """
        path = Path(path)
        file = read_study(path)
        place = Workplace(
            file.folder,
            data=Path(data) if data else None,
            folder=Path(folder) if folder else None,
            settings=file.plan.settings,
            engine=engine,
            progress=progress,
        )
        return cls(file, place, path=path, folder=Path(folder) if folder else None)

    def __enter__(self) -> Study:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the engine and let go of the folder."""
        self.place.close()

    @property
    def plan(self) -> Plan:
        """What the study file says."""
        return self.file.plan

    # Verbs ------------------------------------------------------------------------------------------------------

    def check(self) -> tuple[OpenQuestion, ...]:
        """Check the study file without data.

        Returns
        -------
        What is still open, in the order in which a data lead meets it.

        Raises
        ------
        ExpressionError: an expression is not arithmetic on columns.
        """
        from countersign.study.checking import check_expressions, open_questions

        check_expressions(self.file)
        return open_questions(self.file)

    def assess(self) -> tuple[tuple[Finding, ...], tuple[Fitness, ...]]:
        """Say what the data are good enough for, from the data alone."""
        from countersign.quality import judge

        findings = self.data_findings
        with changed_limits(self.plan.limits):
            return findings, (judge(findings, plan=self.plan),)

    def weight(self) -> Weights:
        """Weight the data to the benchmark and write the row weights to ``weights.parquet`` in the output folder.

        Raises
        ------
        StudyError: the study names no weights.
        """
        from countersign.study.weighing import no_weights, write_row_weights

        if self.weights is None:
            raise no_weights(self.file)
        write_row_weights(self.main, self.weights, engine=self.place.engine, path=self.place.folder / "weights.parquet")
        return self.weights

    def estimate(self) -> EstimateTable:
        """Estimate every indicator for every asked part of the population, and say where the truth may lie."""
        return self._titled(self.widened.own(self.examined))

    def protect(self) -> EstimateTable:
        """Withhold the figures that rest on too few contributors."""
        return self.protected

    def risk(self) -> tuple[MicrodataRisk, SpecialUniques]:
        """Measure how easily the people in the main data are recognised, and which questions do it.

        Raises
        ------
        ProtectionError: nothing says by which questions; the data have no rows.
        """
        from countersign.study.risking import risk_of_study

        with changed_limits(self.plan.limits):
            return risk_of_study(self)[:2]

    def publish(self) -> Path:
        """Write the release and return its folder.

        The old release stays until the new one is whole.
        """
        from countersign.study.protecting import look_back
        from countersign.study.releasing import write_release

        self._say("Writing the release", 7)
        self.warned = look_back(self.plan, self.asked, self.leaving, self.place.release)
        with changed_limits(self.plan.limits):
            folder = write_release(self.release, self)
        self._say("Done", 8)
        return folder

    def run(self) -> Path:
        """Do everything: take in, assess, weight, estimate, protect, publish; return the release's folder."""
        return self.publish()

    # What the verbs turn into each other --------------------------------------------------------------------------

    @cached_property
    def datasets(self) -> dict[str, Dataset]:
        """Every data source, taken in."""
        from countersign.study.agreeing import obey
        from countersign.study.checking import check_expressions, refuse_open
        from countersign.study.naming import check_names
        from countersign.study.still_in import refuse_excluded
        from countersign.study.taking_in import take_in_source

        refuse_open(self.file)
        check_expressions(self.file)
        obey(self)
        result = {}
        for name in self.plan.data:
            self._say(f"Taking in {name}", 0)
            try:
                result[name], self._digests[f"data.{name}"] = take_in_source(name, self.file, self.place)
            except DataError as error:
                if not self.plan.data[name].optional or name == self.plan.main.name:
                    raise
                self.absent[name] = error
        check_names(self.file, result)
        refuse_excluded(self, result)
        return result

    def taken_in(self, name: str) -> dict[str, str]:
        """Return the digests of what taking in a data source made, by role."""
        return self._digests[f"data.{name}"]

    @property
    def main(self) -> Dataset:
        """The first data source."""
        return self.datasets[self.plan.main.name]

    @cached_property
    def benchmarks(self) -> dict[str, Benchmark]:
        """Every benchmark, read."""
        from countersign.study.taking_in import take_in_benchmark

        result = {}
        for name in self.plan.benchmarks:
            self._say(f"Reading the benchmark {name}", 1)
            result[name], self._digests[f"benchmark.{name}"] = take_in_benchmark(name, self.file, self.place)
        return result

    @property
    def benchmark(self) -> Benchmark | None:
        """The benchmark that weights meet, else the first."""
        names = [self.plan.weighting.benchmark] if self.plan.weighting else list(self.plan.benchmarks)
        return self.benchmarks[names[0]] if names else None

    @cached_property
    def weights(self) -> Weights | None:
        """The weights of the main data source, or None if the study names none."""
        from countersign.model.weights import Weights
        from countersign.study.weighing import weigh

        plan = self.plan.weighting
        if plan is None or self.benchmark is None:
            return None
        dataset, benchmark = self.main, self.benchmark
        self._say("Weighting", 3)
        where = self.file.document.where("weights")
        return self._step(
            "weight",
            "weights",
            Weights,
            lambda: weigh(dataset, benchmark, plan=plan, where=where),
            needs=(f"data.{dataset.name}", f"benchmark.{benchmark.name}"),
        )

    @cached_property
    def data_findings(self) -> tuple[Finding, ...]:
        """Findings from the data alone."""
        from countersign.model.finding import Finding
        from countersign.study.consensus import consensus

        datasets, _, _ = self.datasets, self.benchmark, self.documents
        self._say("Assessing", 2)
        return self._step(
            "assess",
            "findings",
            tuple[Finding, ...],
            lambda: tuple(f for data in datasets.values() for f in self._assess(data)) + consensus(self.plan, datasets),
            needs=("data", "benchmark", "documents"),
        )

    def _assess(self, dataset: Dataset) -> tuple[Finding, ...]:
        from countersign.quality import assess
        from countersign.study.extensions import measures

        return assess(dataset, plan=self.plan, benchmark=self.benchmark, measures=measures(), documents=self.documents)

    @cached_property
    def documents(self) -> Documents:
        """What is known beside the rows: forms, answers of people, official series."""
        from countersign.study.documenting import gather

        documents, self._digests["documents"] = gather(self)
        return documents

    @cached_property
    def estimates(self) -> EstimateTable:
        """All figures, none withheld."""
        from countersign.model.estimate import EstimateTable
        from countersign.study.estimating import estimate

        widened, weights = self.widened, self.weights
        self._say("Estimating", 4)
        return self._step(
            "estimate",
            "estimates",
            EstimateTable,
            lambda: estimate(*widened.parts, weights, truth=self._truth(), where=self.file.document.where),
            needs=("data", "weight"),
        )

    def _truth(self) -> Path | None:
        if not self.plan.truth:
            return None
        return self.place.find(self.plan.truth, where=self.file.document.where("truth"))

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The questions both sides asked, before and after weighting."""
        from countersign.model.release import Comparison
        from countersign.quality.confidentiality import fewest_told
        from countersign.study.comparing import compare

        asked = self.plan.compared
        if not asked:
            return ()
        main, benchmarks, weights = self.main, self.benchmarks, self.weights
        self._say("Comparing with the benchmark", 4)
        where = self.file.document.where(*(("compare", "items") if self.plan.compare else ("weights", "hold_out")))
        fewest = 0  # where answers are changed by noise, those of few people need not be put together
        if self.plan.protection.method == "suppress":
            fewest = fewest_told(self.plan, main.unit)
        return self._step(
            "compare",
            "comparisons",
            tuple[Comparison, ...],
            lambda: tuple(
                one
                for name, items in asked.items()
                for one in compare(main, benchmarks[name], items=items, weights=weights, fewest=fewest, where=where)
            ),
            needs=(f"data.{main.name}", *(f"benchmark.{name}" for name in asked), "weight"),
        )

    @cached_property
    def examined(self) -> EstimateTable:
        """All figures, with where the truth may lie for people who chose themselves; none withheld."""
        from countersign.model.estimate import EstimateTable
        from countersign.study.examining import examine

        estimates, beside = self.estimates, self._beside()
        self._say("Asking how far the figures may be off", 5)
        widened, weights, where = self.widened, self.weights, self.file.document.where
        return self._step(
            "examine",
            "estimates",
            EstimateTable,
            lambda: examine(widened.plan, estimates, widened.main, weights, beside, where=where),
            needs=(f"data.{self.plan.main.name}", "benchmark", "sample", "weight", "estimate", "compare", "learn"),
        )

    def _beside(self) -> Beside:
        from countersign.study.examining import Beside

        return Beside(self.benchmark, self.reference_sample, self.comparisons, self.experience)

    @cached_property
    def experience(self) -> Experience:
        """What the questions with a known answer taught about the figures."""
        from countersign.model.experience import Experience
        from countersign.study.examining import CHANCE, foresee

        main, estimates, comparisons, weights = self.main, self.estimates, self.comparisons, self.weights
        if main.selection in CHANCE:
            return Experience(reason="Units were drawn by chance, or all of them were counted.")
        official: dict[str, Mapping[str, float]] = {}
        for name, items in self.plan.compared.items():
            official |= {item: self.benchmarks[name].items[item] for item in items}
        self._say("Learning from questions with a known answer", 4)
        return self._step(
            "learn",
            "experience",
            Experience,
            lambda: foresee(self.widened.plan, estimates, self.widened.main, weights, official, comparisons),
            needs=(f"data.{main.name}", "benchmark", "weight", "estimate", "compare"),
        )

    @cached_property
    def support(self) -> Support | None:
        """How much of the population the main data can speak for, or None where that cannot be told."""
        from countersign.model.support import Support
        from countersign.study.examining import support

        main, weights, beside = self.main, self.weights, self._beside()
        found = self._step(
            "support",
            "support",
            tuple[Support, ...],
            lambda: tuple(each for each in [support(self.plan, main, weights, beside)] if each),
            needs=(f"data.{main.name}", "benchmark", "sample", "weight"),
        )
        return found[0] if found else None

    @cached_property
    def reference_sample(self) -> tuple[Dataset, BenchmarkPlan] | None:
        """The units of the reference sample that other estimators learn from, with its plan, or None."""
        from countersign.study.examining import reference_of
        from countersign.study.taking_in import take_in_sample

        name = reference_of(self.plan)
        if not name:
            return None
        self._say(f"Taking in {name}", 5)
        sample, self._digests[f"sample.{name}"] = take_in_sample(name, self.file, self.place)
        return sample, self.plan.benchmarks[name]

    @cached_property
    def contributions(self) -> Contributions:
        """Who stands behind each figure: needed to protect them, and never published."""
        from countersign.model.contribution import Contributions
        from countersign.study.contributing import asks_for_protection, contribute

        estimates, comparisons, widened = self.estimates, self.comparisons, self.widened
        if not asks_for_protection(self.plan):
            return Contributions(exempt=tuple(self.plan.indicators))
        self._say("Counting who stands behind the figures", 6)
        where, benchmark, secret = self.file.document.where, self.benchmark, self.secret
        return self._step(
            "contribute",
            "contributions",
            Contributions,
            lambda: contribute(*widened.parts, estimates, comparisons, where=where, benchmark=benchmark, secret=secret),
            needs=("data", "benchmark", "estimate", "compare"),
        )

    @cached_property
    def secret(self) -> bytes:
        """The secret on which noise rests, kept beside the study file; empty where no noise is asked for."""
        from countersign.study.changing import secret_for

        return secret_for(self.plan, self.place.study)

    @cached_property
    def widened(self) -> Widened:
        """The study with figures of wider categories beside those it asks for."""
        from countersign.study.widening import widen

        return widen(self.plan, self.datasets, where=self.file.document.where)

    @cached_property
    def asked(self) -> Asked:
        """The figures asked for, wider categories in the place of narrow ones where that spares them; none withheld."""
        from countersign.study.protecting import ask

        return ask(self.plan, self.examined, self.contributions, self.widened.wider)

    @property
    def protected(self) -> EstimateTable:
        """The figures that may leave."""
        return self._titled(self.leaving.figures)

    def _titled(self, figures: EstimateTable) -> EstimateTable:
        from countersign.study.depending import titled

        return titled(figures, self.plan, {name: data.codebook for name, data in self.datasets.items()})

    @cached_property
    def leaving(self) -> Leaving:
        """The figures and compared answers that may leave, and the report on what was done to protect people."""
        from countersign.study.protecting import Leaving, earlier_releases, protect

        asked, comparisons = self.asked, self.comparisons
        earlier = earlier_releases(self._earlier(), where=self.file.document.where("protection", "earlier"))
        self._say("Protecting", 6)
        return self._taken(
            "protect",
            Leaving,
            lambda: protect(self.plan, asked, comparisons, earlier, secret=self.secret),
            needs=("examine", "compare", "contribute"),
        )

    def _earlier(self) -> list[tuple[str, Path]]:
        """Releases that are already out: as the study names them, and where their figures are."""
        from countersign.study.vintages import already_out

        return already_out(self.plan, self.place.study, self.place.folder)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All findings: from the data, the weights, the figures and the comparisons."""
        from countersign.quality import absent_sources, assess_results
        from countersign.quality.confidentiality import hushed
        from countersign.study.lacking import told_weights
        from countersign.study.provenance import differing, resolve

        estimates, comparisons, support = self.protected, self.leaving.comparisons, self.support
        report = self._digests["protect"]["figures"]
        with changed_limits(self.plan.limits):
            results = assess_results(
                plan=self.plan,
                weights=told_weights(self),
                estimates=estimates,
                comparisons=comparisons,
                support=support,
                official=self.documents.official,
                benchmark=self.benchmark,
                resolved=resolve(self, report),
                differing=differing(self.place.trail.activities()),
                report=report,
                found=self.data_findings,
                disclosure=self.leaving.disclosure,
            )
        return hushed(self.data_findings, estimates) + absent_sources(self.absent) + results

    @cached_property
    def fitness(self) -> tuple[Fitness, ...]:
        """The verdicts, from all findings: of the whole study, of each indicator, of each area."""
        from countersign.study.lacking import verdicts

        findings, estimates, official, main = self.findings, self.protected, self.documents.official, self.main
        with changed_limits(self.plan.limits):
            return verdicts(self.plan, findings, estimates, official, area=main.role("area"))

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """What official statistics lack, figure by figure, and which of it these data could fill, for which use."""
        from countersign.study.lacking import gaps

        estimates, official, fitness = self.protected, self.documents.official, self.fitness
        with changed_limits(self.plan.limits):
            return gaps(self.plan, estimates, official, fitness)

    @cached_property
    def coverage_table(self) -> tuple[GroupCoverage, ...]:
        """Every group of the population beside what the data know of it; groups of too few people withheld."""
        from countersign.study.changing import law_for
        from countersign.study.lacking import groups

        with changed_limits(self.plan.limits):
            return groups(self.plan, self.main, self.benchmark, self.weights, law_for(self.plan, self.secret))

    @cached_property
    def release(self) -> Release:
        """Everything the release shows."""
        from countersign.study.releasing import compose_release

        return compose_release(self)

    def _say(self, step: str, done: int) -> None:
        self.place.progress(step, done, 8)
