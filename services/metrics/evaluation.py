"""One evaluation from its samples to its answer."""

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.metrics import bootstrap, slices
from services.metrics.bootstrap import WeightedCells
from services.metrics.coding import encode, occurring_labels
from services.metrics.confusion import Confusion, count
from services.metrics.faults import InvalidOption, LengthMismatch, one_fault
from services.metrics.ignored import ignored_in, without
from services.metrics.labels import LabelArray
from services.metrics.limits import Limits
from services.metrics.marking import (
    asides,
    chosen_parameters,
    label_intervals,
    marked,
    selected,
)
from services.metrics.options.evaluation import EvaluationOptions
from services.metrics.positions import DEFAULT_LISTED, positions
from services.metrics.ready_matrix import ReadyMatrix, evaluate_matrix
from services.metrics.report import Undefined
from services.metrics.resampling import DEFAULT_LEVEL, score_plan, table_plan
from services.metrics.samples import Samples
from services.metrics.scored import Scored, positive_index, scored_samples
from services.metrics.scoring import ScoreChoices, ScoreReport
from services.metrics.slices import Coded, GroupDetail, SlicePlan
from services.metrics.tables import Table
from services.metrics.values import TableValues, compute

DEFAULT_BINS = 15
DEFAULT_CURVE_POINTS = 1000


def evaluate(
    samples: Samples | ReadyMatrix, options: EvaluationOptions, limits: Limits
) -> dict[str, Any]:
    """The answer to an evaluation, as JSON writes it but for the matrix, which is an array.

    Args:
        samples: What is marked; or its confusion matrix.
        options: What the caller chose.
        limits: The most that a caller may ask for.

    Raises:
        InvalidInput: The samples or the options cannot be used; the error says which and why.
    """
    if isinstance(samples, ReadyMatrix):
        return evaluate_matrix(samples, options, limits)
    return _Evaluation(samples, options, limits).answer()


class _Evaluation:
    """The parts of one answer, each made from the same counts."""

    def __init__(self, samples: Samples, options: EvaluationOptions, limits: Limits) -> None:
        self.ignored = ignored_in(samples.y_true, options.ignore) if options.ignore else None
        samples = samples if self.ignored is None else without(samples, self.ignored)
        self.samples, self.options, self.limits = samples, options, limits
        self.scored = (
            None
            if samples.y_score is None
            else scored_samples(samples, options, limits.max_classes)
        )
        y_pred = samples.y_pred or (self.scored.y_pred if self.scored else None)
        if y_pred is None:
            raise one_fault(LengthMismatch, "#/y_pred", "y_pred or y_score is needed.")
        self.y_pred = y_pred
        self.confusion = count(
            samples.y_true,
            y_pred,
            labels=self.scored.labels if self.scored else samples.labels,
            sample_weight=samples.sample_weight,
            max_classes=limits.max_classes,
        )
        self.selection = selected(options, costs=samples.cost_matrix is not None)
        parameters = chosen_parameters(options, samples.cost_matrix, len(self.confusion.labels))
        self.table = Table(self.confusion.matrix, parameters)
        self.positive = positive_index(self.confusion.labels, options.positive_label)
        self.undefined = Undefined()

    def answer(self) -> dict[str, Any]:
        confusion, table, selection = self.confusion, self.table, self.selection
        values = compute(table, selection)
        answer = marked(confusion, table, values, selection, self.positive, self.undefined)
        if self.ignored is not None:
            answer["ignored"] = self.ignored.report()
        answer |= asides(table, answer, selection)
        if "positions" in selection.groups:
            answer["positions"] = self._positions()
        if "intervals" in selection.groups:
            answer["intervals"] = label_intervals(confusion, table, values, selection, self.options)
        if self.samples.groups:
            answer["groups"] = self._groups()
        if self.options.bootstrap_replicates is not None:
            answer["bootstrap"] = self._bootstrap()
        if self.scored is not None:
            answer["scores"] = self._scores(self.scored)
        answer["undefined"] = self.undefined.entries
        return answer

    def _positions(self) -> list[dict[str, Any]]:
        most = self.options.max_listed
        coded, labels = self.coded, self.confusion.labels
        rows = positions(
            coded.truth, coded.prediction, labels, DEFAULT_LISTED if most is None else most
        )
        for row in rows:
            row["indices"] = self._as_sent(row["indices"]).tolist()
        return rows

    def _as_sent(self, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where samples stood before some were ignored."""
        return places if self.ignored is None else self.ignored.kept[places]

    def _groups(self) -> dict[str, Any]:
        plan = SlicePlan(
            self.selection,
            self.table.parameters,
            self.positive,
            self.limits.max_group_cells,
            self.limits.max_groups,
            self.options.confidence_level or DEFAULT_LEVEL,
            self._strata(),
            self.options.p_value_adjustment,
        )
        return {
            name: slices.report(name, groups, self.coded, plan, self.undefined, self._detail)
            for name, groups in self.samples.groups.items()
        }

    def _strata(self) -> tuple[str, LabelArray] | None:
        if (name := self.options.strata) is None:
            return None
        groups = self.samples.groups.get(name)
        if groups is None:
            known = ", ".join(self.samples.groups)
            detail = f"Strata are one of the groupings ({known}). Received: {name}."
            raise one_fault(InvalidOption, "#/strata", detail)
        return name, groups

    def _detail(
        self, members: NDArray[np.intp], matrix: NDArray[Any], values: TableValues, at: str
    ) -> GroupDetail:
        """Intervals and scores of some samples."""
        answer: dict[str, Any] = {}
        weight, labels = self.samples.sample_weight, self.confusion.labels
        weight = None if weight is None else weight[members]
        if "intervals" in self.selection.groups and matrix.sum() > 0:
            squared = None if weight is None else float(weight @ weight)
            part = Confusion(labels, matrix, len(members), squared)
            table = Table(matrix, self.table.parameters)
            answer["intervals"] = label_intervals(part, table, values, self.selection, self.options)
        if self.scored is None or (weight is not None and not weight.any()):
            return GroupDetail(answer)
        scored = self.scored.part(members)
        choices = replace(self._score_choices(), bootstrap=None)
        report = ScoreReport(scored, weight, labels, choices, self.undefined, f"{at}/scores")
        answer["scores"] = report.report()
        return GroupDetail(answer, report.rankings)

    def _bootstrap(self) -> dict[str, Any]:
        weighted, k = None, self.table.n_classes
        if self.samples.sample_weight is not None:
            place = self.coded.truth * k + self.coded.prediction
            weighted = WeightedCells.of_samples(place, self.samples.sample_weight, k)
        selection = replace(self.selection, replicable_only=True)
        kinds = 0 if weighted is None else len(weighted.place)
        plan = table_plan(self.options, selection, k, kinds, self.limits)
        matrix, labels = self.confusion.matrix, self.confusion.labels
        return bootstrap.report(matrix, labels, selection, self.table.parameters, plan, weighted)

    @cached_property
    def coded(self) -> Coded:
        """Truth and prediction as lines of the matrix."""
        return _coded(self.samples, self.y_pred, self.confusion, self.limits)

    def _scores(self, scored: Scored) -> dict[str, Any]:
        weight, labels = self.samples.sample_weight, self.confusion.labels
        return ScoreReport(scored, weight, labels, self._score_choices(), self.undefined).report()

    def _score_choices(self) -> ScoreChoices:
        options = self.options
        return ScoreChoices(
            score_type=options.score_type or "",
            groups=self.selection.groups,
            n_bins=options.calibration_bins or DEFAULT_BINS,
            curve_points=options.curve_points or DEFAULT_CURVE_POINTS,
            level=options.confidence_level or DEFAULT_LEVEL,
            positive=self.positive,
            ties=options.ties or "label_order",
            cost_matrix=self.table.parameters.cost_matrix,
            bootstrap=score_plan(
                options, len(self.samples.y_true) * self.table.n_classes, self.limits
            ),
        )


def _coded(samples: Samples, y_pred: LabelArray, confusion: Confusion, limits: Limits) -> Coded:
    columns = [("#/y_true", samples.y_true), ("#/y_pred", y_pred)]
    labels = samples.labels or occurring_labels(columns, limits.max_classes)
    truth, prediction = (encode(c, labels, limits.max_classes, at) for at, c in columns)
    return Coded(confusion.labels, truth, prediction, samples.sample_weight)
