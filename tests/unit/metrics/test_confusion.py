"""Counting: compared with a dictionary, and held to what must not change the counts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.confusion import Confusion, count
from services.metrics.faults import InvalidLabels, TooManyClasses
from services.metrics.labels import from_array, from_values

integers = st.integers(-3, 3)
wide_integers = st.sampled_from([-(2**63), -70_000, -1, 0, 3, 1_000, 2**31, 2**63 - 1])
spread_integers = st.sampled_from([-5_000, 0, 1, 2, 20_000, 90_000])
strings = st.sampled_from(["", "a", "b", "Ä", "é", "z" * 20])
any_label = st.sampled_from([integers, wide_integers, spread_integers, strings, st.booleans()])
pairs = any_label.flatmap(lambda label: st.lists(st.tuples(label, label), min_size=1, max_size=60))


def counted(
    y_true: Sequence[Any], y_pred: Sequence[Any], max_classes: int = 1000, **options: Any
) -> Confusion:
    if "labels" in options:
        options["labels"] = from_values(options["labels"], "#/labels")
    return count(
        from_values(y_true, "#/y_true"),
        from_values(y_pred, "#/y_pred"),
        max_classes=max_classes,
        **options,
    )


def counted_rows(rows: Sequence[tuple[Any, Any]], **options: Any) -> Confusion:
    y_true, y_pred = zip(*rows, strict=True)
    return counted(y_true, y_pred, **options)


def as_dictionary(confusion: Confusion) -> dict[tuple[Any, Any], float]:
    return {
        (true, predicted): confusion.matrix[i, j].item()
        for i, true in enumerate(confusion.labels)
        for j, predicted in enumerate(confusion.labels)
        if confusion.matrix[i, j]
    }


@settings(max_examples=150, deadline=None)
@given(pairs)
def test_every_pair_is_counted_once(rows: list[tuple[Any, Any]]) -> None:
    y_true, y_pred = zip(*rows, strict=True)

    confusion = counted(y_true, y_pred)

    assert as_dictionary(confusion) == Counter(rows)
    assert confusion.labels == tuple(sorted({*y_true, *y_pred}))
    assert {type(label) for label in confusion.labels} == {type(y_true[0])}
    assert confusion.n_samples == len(rows)


@settings(max_examples=60, deadline=None)
@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_the_samples_does_not_matter(rows: list[Any], random: Any) -> None:
    shuffled = rows[:]
    random.shuffle(shuffled)

    first, second = (counted_rows(part) for part in (rows, shuffled))

    assert np.array_equal(first.matrix, second.matrix)


@settings(max_examples=60, deadline=None)
@given(pairs, st.data())
def test_a_weight_counts_like_a_repetition(rows: list[Any], data: Any) -> None:
    weights = data.draw(st.lists(st.integers(1, 4), min_size=len(rows), max_size=len(rows)))
    repeated = [row for row, weight in zip(rows, weights, strict=True) for _ in range(weight)]

    weighted = counted_rows(rows, sample_weight=np.array(weights, np.float64))

    assert np.array_equal(weighted.matrix, counted_rows(repeated).matrix)
    assert weighted.squared_weight_sum == sum(weight**2 for weight in weights)


@settings(max_examples=60, deadline=None)
@given(pairs, st.data())
def test_the_tables_of_two_parts_add_up_to_the_table_of_the_whole(
    rows: list[Any], data: Any
) -> None:
    cut = data.draw(st.integers(0, len(rows)))
    labels = sorted({label for row in rows for label in row})
    whole = counted_rows(rows, labels=labels).matrix

    parts = [part for part in (rows[:cut], rows[cut:]) if part]

    matrices = [counted_rows(part, labels=labels).matrix for part in parts]
    assert np.array_equal(whole, np.sum(matrices, axis=0))


@settings(max_examples=60, deadline=None)
@given(pairs, st.randoms(use_true_random=False))
def test_declared_labels_order_the_lines_and_add_empty_ones(rows: list[Any], random: Any) -> None:
    labels = sorted({label for row in rows for label in row})
    if isinstance(labels[0], str):
        labels.append("never seen")
    random.shuffle(labels)

    confusion = counted_rows(rows, labels=labels)

    assert list(confusion.labels) == labels
    assert as_dictionary(confusion) == Counter(rows)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", ">i4", "?"])
def test_every_integer_dtype_counts_alike_even_across_two(dtype: str) -> None:
    values = np.array([0, 1, 1, 0, 1])
    other = np.array([1, 1, 0, 0, 1], (dtype == "?" and "?") or "i8")

    confusion = count(
        from_array(values.astype(dtype), "#/y_true"), from_array(other, "#/y_pred"), max_classes=9
    )

    assert confusion.matrix.tolist() == [[1, 1], [1, 2]]


def test_counting_in_pieces_loses_nothing() -> None:
    rng = np.random.default_rng(5)
    y_true, y_pred = rng.integers(0, 7, (2, 300_001), dtype=np.uint8)

    confusion = count(from_array(y_true, ""), from_array(y_pred, ""), max_classes=9)

    expected = np.zeros((7, 7), np.int64)
    np.add.at(expected, (y_true, y_pred), 1)
    assert np.array_equal(confusion.matrix, expected)


def test_a_class_whose_samples_all_weigh_nothing_keeps_its_line() -> None:
    confusion = counted([0, 1, 2], [0, 1, 2], sample_weight=np.array([1.0, 0.0, 1.0]))

    assert confusion.labels == (0, 1, 2)


def test_an_undeclared_label_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidLabels) as caught:
        counted([1, 2, 1], [1, 2, 3], labels=[2, 1])

    assert [fault.pointer for fault in caught.value.faults] == ["#/y_pred/2"]
    assert "Received: 3 at index 2" in caught.value.detail


def test_a_label_declared_twice_is_refused() -> None:
    with pytest.raises(InvalidLabels, match="twice"):
        counted([1, 2], [1, 2], labels=[1, 2, 1])


@pytest.mark.parametrize(
    "labels",
    [
        list(range(101)),
        list(range(0, 2_000_000, 19_000)),
        [3**i for i in range(39)] + list(range(70)),
        [str(i) for i in range(101)],
    ],
    ids=["dense", "sparse", "wide", "strings"],
)
def test_more_classes_than_the_limit_are_refused_before_a_table_is_made(labels: list[Any]) -> None:
    with pytest.raises(TooManyClasses, match=f"Received: {len(set(labels))} distinct"):
        counted(labels, labels, max_classes=100)
