"""The same samples in every format, and what is wrong with damaged ones."""

import gzip
import io
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from arro3 import core
from arro3 import io as arrow_io
from backports import zstd
from fastapi.testclient import TestClient

Y_TRUE = ["cat", "dog", "cat", "bird"]
Y_PRED = ["cat", "cat", "cat", "bird"]
WEIGHT = [1.0, 2.0, 1.0, 0.5]
CSV = b"\xef\xbb\xbfid,y_true,y_pred,sample_weight\n" + b"".join(
    f"{i},{t},{p},{w}\n".encode()
    for i, (t, p, w) in enumerate(zip(Y_TRUE, Y_PRED, WEIGHT, strict=True))
)


def arrow(write: Callable[..., None], dictionary: bool = False) -> bytes:
    kind = core.DataType.string()
    columns: dict[str, Any] = {}
    for name, values in (("y_true", Y_TRUE), ("y_pred", Y_PRED)):
        array = core.Array(values, type=kind)
        if dictionary:
            array = array.cast(core.DataType.dictionary(core.DataType.int8(), kind))
        columns[name] = array
    columns["sample_weight"] = core.Array(WEIGHT, type=core.DataType.float64())
    buffer = io.BytesIO()
    write(core.Table.from_pydict(columns), buffer)
    return buffer.getvalue()


def npz(save: Callable[..., None] = np.savez) -> bytes:
    buffer = io.BytesIO()
    save(buffer, y_true=np.array(Y_TRUE), y_pred=np.array(Y_PRED), sample_weight=np.array(WEIGHT))
    return buffer.getvalue()


def npy(*arrays: Any) -> bytes:
    buffer = io.BytesIO()
    for array in arrays:
        np.save(buffer, array)
    return buffer.getvalue()


STREAM, FILE = "application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.file"
PARQUET = "application/vnd.apache.parquet"
BODIES = {
    "csv": ("text/csv", CSV),
    "tsv": ("text/csv; charset=utf-8", CSV.replace(b",", b"\t")),
    "npz": ("application/x-npz", npz()),
    "npz compressed": ("application/x-npz", npz(np.savez_compressed)),
    "arrow stream": (STREAM, arrow(arrow_io.write_ipc_stream)),
    "arrow file": (FILE, arrow(arrow_io.write_ipc)),
    "arrow dictionary": (STREAM, arrow(arrow_io.write_ipc_stream, dictionary=True)),
    "parquet": (PARQUET, arrow(arrow_io.write_parquet)),
}


@pytest.fixture(scope="module")
def expected(evaluate: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return evaluate(y_true=Y_TRUE, y_pred=Y_PRED, sample_weight=WEIGHT)


@pytest.mark.parametrize("name", BODIES)
def test_every_format_gives_the_same_answer(
    client: TestClient, expected: dict[str, Any], name: str
) -> None:
    content_type, body = BODIES[name]

    response = client.post("/v1/evaluate", content=body, headers={"content-type": content_type})

    assert response.json() == expected


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstd.compress)]
)
def test_every_format_may_come_compressed(
    client: TestClient, expected: dict[str, Any], name: str, encoding: str, compress: Any
) -> None:
    content_type, body = BODIES[name]
    headers = {"content-type": content_type, "content-encoding": encoding}

    assert client.post("/v1/evaluate", content=compress(body), headers=headers).json() == expected
    cut = client.post("/v1/evaluate", content=compress(body)[:-12], headers=headers)
    assert cut.status_code == 422
    assert cut.json()["type"] == "/problems/unreadable-body"


@pytest.mark.parametrize("name", [name for name in BODIES if name not in ("csv", "tsv")])
def test_a_binary_format_cut_short_is_refused(client: TestClient, name: str) -> None:
    content_type, body = BODIES[name]

    # The end mark of an Arrow stream is optional, so the last bytes of one say nothing.
    for keep in (0, 10, len(body) // 2, len(body) - (40 if "stream" in content_type else 5)):
        response = client.post(
            "/v1/evaluate", content=body[:keep], headers={"content-type": content_type}
        )
        assert response.status_code == 422, keep
        assert response.json()["type"] in ("/problems/unreadable-body", "/problems/invalid-input")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_array_that_stands_twice_in_an_archive_is_refused(
    client: TestClient, assert_problem: Any
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("y_true.npy", "y_pred.npy", "y_true.npy"):
            archive.writestr(name, npy(np.arange(2)))

    response = client.post(
        "/v1/evaluate",
        content=buffer.getvalue(),
        headers={"content-type": "application/x-npz"},
    )

    assert_problem(response, "unreadable-body", "#/y_true")


def test_a_form_holds_a_file_and_options(client: TestClient, expected: dict[str, Any]) -> None:
    renamed = CSV.replace(b"y_true", b"label").replace(b"y_pred", b"said")

    response = client.post(
        "/v1/evaluate",
        files={"file": ("predictions.csv", renamed, "application/octet-stream")},
        data={"true_column": "label", "pred_column": "said"},
    )

    assert response.json() == expected


def test_a_form_may_hold_one_array_a_field(client: TestClient) -> None:
    array = np.array([3, 1, 3], np.uint8)

    response = client.post(
        "/v1/evaluate",
        files={"y_true": ("t.npy", npy(array)), "y_pred": ("p.npy", npy(array))},
    )

    assert response.json()["labels"] == [1, 3]


def test_a_form_cut_short_is_refused(client: TestClient, assert_problem: Any) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + CSV

    response = client.post(
        "/v1/evaluate", content=body, headers={"content-type": "multipart/form-data; boundary=x"}
    )

    assert_problem(response, "unreadable-body", "#")


def test_two_arrays_in_a_row_are_truth_and_prediction(client: TestClient) -> None:
    response = client.post(
        "/v1/evaluate",
        content=npy(np.array([0, 1, 2], np.int8), np.array([0, 1, 1], np.int64)),
        headers={"content-type": "application/x-npy"},
    )

    assert response.json()["confusion_matrix"] == [[1, 0, 0], [0, 1, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (npy(np.arange(3)), "#/y_pred"),
        (npy(np.arange(3), np.arange(3)) + b"!", "#/y_pred"),
        (npy(np.arange(3), np.arange(3))[:-1], "#/y_pred"),
        (b"", "#/y_true"),
        (npy(np.array([1, "a"], object), np.arange(2)), "#/y_true"),
    ],
)
def test_arrays_in_a_row_that_are_damaged_are_refused(
    client: TestClient, body: bytes, pointer: str
) -> None:
    response = client.post(
        "/v1/evaluate", content=body, headers={"content-type": "application/x-npy"}
    )

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


CSV_TYPES = [
    ("1\n2\n", [1, 2]),
    ("-1\n0\n", [-1, 0]),
    ("01\n2\n", ["01", "2"]),
    ("1.0\n2\n", ["1.0", "2"]),
    ("true\nFALSE\n", [False, True]),
    ('"a,b"\n"c ""d"""\n', ["a,b", 'c "d"']),
]


@pytest.mark.parametrize(("cells", "labels"), CSV_TYPES)
def test_a_column_of_text_is_what_all_its_cells_are(
    client: TestClient, cells: str, labels: list[Any]
) -> None:
    response = client.post(
        "/v1/evaluate?pred_column=y_true",
        content=f"y_true\n{cells}",
        headers={"content-type": "text/csv"},
    )

    assert response.json()["labels"] == labels


BAD_CSV = [
    ("a,b\n1,2\n", "true_column=c&pred_column=b", "#/c"),
    ("y_true,y_pred\n1,2\n3\n", "", "#/1"),
    ("y_true,y_pred\n1,\n", "", "#/y_pred/0"),
    ("y_true,y_true\n1,1\n", "", "#"),
    ("", "", "#"),
    ("y_true,y_pred\n1,x\n", "", "#/y_pred"),
    ("y_true,y_pred,w\n1,1,heavy\n", "weight_column=w", "#/w/0"),
    ("y_true,y_pred,w\n1,1,nan\n", "weight_column=w", "#/sample_weight/0"),
    ('y_true,y_pred\n"1,1\n', "", "#"),
    (b"y_true,y_pred\n\xff,1\n", "", "#"),
]


@pytest.mark.parametrize(("text", "query", "pointer"), BAD_CSV)
def test_a_bad_table_is_refused_with_its_place(
    client: TestClient, text: str | bytes, query: str, pointer: str
) -> None:
    response = client.post(
        f"/v1/evaluate?{query}", content=text, headers={"content-type": "text/csv"}
    )

    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer


def test_missing_values_of_a_table_are_refused(client: TestClient, assert_problem: Any) -> None:
    column = core.Array([1, None, 2], type=core.DataType.int64())
    buffer = io.BytesIO()
    arrow_io.write_parquet(core.Table.from_pydict({"y_true": column, "y_pred": column}), buffer)

    response = client.post(
        "/v1/evaluate", content=buffer.getvalue(), headers={"content-type": PARQUET}
    )

    problem = assert_problem(response, "invalid-labels", "#/y_true")
    assert "1 nulls" in problem["detail"]


def test_scores_and_labels_of_a_table_are_named_in_the_query(client: TestClient) -> None:
    text = "truth,p_a,p_b,p_c\nb,0.1,0.7,0.2\na,0.5,0.2,0.3\nb,0.2,0.2,0.6\n"

    response = client.post(
        "/v1/evaluate?true_column=truth&score_columns=p_a,p_b,p_c&labels=a,b,c"
        "&score_type=probability",
        content=text,
        headers={"content-type": "text/csv"},
    )

    answer = response.json()
    assert answer["labels"] == ["a", "b", "c"]
    assert answer["confusion_matrix"] == [[1, 0, 0], [0, 1, 1], [0, 0, 0]]
    assert answer["scores"]["overall"]["top_2_accuracy"] == 2 / 3


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_bomb_is_refused_while_it_is_unpacked(client: TestClient, encoding: str) -> None:
    compress: Any = {"gzip": gzip.compress, "zstd": zstd.compress}[encoding]
    bomb = compress(b"y_true,y_pred\n" + b"1,1\n" * 5_000_000)

    response = client.post(
        "/v1/evaluate",
        content=bomb,
        headers={"content-type": "text/csv", "content-encoding": encoding},
    )

    assert len(bomb) < 1_000_000
    assert response.status_code == 413


def test_an_encoding_that_nothing_reads_is_refused(client: TestClient) -> None:
    response = client.post(
        "/v1/evaluate",
        content=b"{}",
        headers={"content-type": "application/json", "content-encoding": "br"},
    )

    assert response.status_code == 415


def test_columns_are_not_named_for_json(client: TestClient) -> None:
    response = client.post("/v1/evaluate?true_column=a", json={"y_true": [1], "y_pred": [1]})

    assert response.status_code == 422


def test_a_body_larger_than_the_limit_is_refused(client: TestClient) -> None:
    response = client.post("/v1/evaluate", json={"y_true": [1] * 600_000, "y_pred": [1]})

    assert response.status_code == 413
