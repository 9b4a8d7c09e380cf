"""The page's form for data sets, as people without scripts send it."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.trainer.main import create_app
from services.trainer.settings import Settings
from tests.unit.trainer.test_own_data import two_classes, zipped
from tests.unit.trainer.test_page import page_data, plain
from tests.unit.trainer.test_service import PatientExecutor, wait_until_ready
from tests.unit.trainer.test_uploads import settings_in

KEY = "open sesame"
BROKEN = "cat/<b>broken.png"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings, PatientExecutor()), follow_redirects=False) as client:
        wait_until_ready(client)
        yield client


@pytest.fixture
def archive(tmp_path: Path) -> bytes:
    return zipped(tmp_path / "pets.zip", two_classes() | {BROKEN: b"x"}).read_bytes()


def send(
    client: TestClient, archive: bytes, file_name: str = "My Pets.zip", **texts: str
) -> httpx.Response:
    headers: dict[str, Any] = {"Accept-Language": "pt"}
    return client.post("/upload", data=texts, files={"file": (file_name, archive)}, headers=headers)


def test_an_upload_leads_to_the_page_where_it_is_listed(client: TestClient, archive: bytes) -> None:
    answer = send(client, archive, file_name="")
    assert answer.status_code == 422

    answer = send(client, archive, title=" Meus bichos ", height="16", preprocessing="none")

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/#data=my-pets"  # by the name of the file
    about = client.get("/v1/datasets/my-pets").json()
    assert (about["title"], about["image_shape"]) == ("Meus bichos", [16, 16, 1])
    page = client.get("/", headers={"Accept-Language": "pt"}).text
    listed = plain(page)[plain(page).index('id="data=my-pets"') :]
    assert "Meus bichos" in listed
    assert html.escape(BROKEN) in listed
    assert BROKEN not in page
    assert about["skipped"][BROKEN].split(".")[0] in html.unescape(listed)
    assert re.search(r"<th[^>]*>dog</th><td[^>]*>5</td><td[^>]*>1</td>", listed)
    (line,) = page_data(page)["own"]["datasets"]
    assert (line["examples"], line["skipped"]) == ({"train": 10, "test": 2}, 1)
    assert client.get("/web/data").json()["datasets"] == [line]


@pytest.mark.parametrize(
    ("texts", "status", "words"),
    [
        ({"name": "mnist"}, 409, "comes with Gabarito"),
        ({"name": "a b<i>"}, 422, "Received: 'a b<i>'"),
        ({"name": "a", "height": "7", "width": "300"}, 422, "Received: 7x300"),
        ({"name": "a", "width": "wide"}, 422, "image_size: "),
        ({"name": "a", "preprocessing": "sharpen"}, 422, "Received: 'sharpen'"),
    ],
)
def test_what_is_wrong_with_a_field_is_told_where_the_form_is_and_nothing_is_kept(
    client: TestClient,
    settings: Settings,
    archive: bytes,
    texts: dict[str, str],
    status: int,
    words: str,
) -> None:
    answer = send(client, archive, title="T<i>", **texts)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "<i>" not in answer.text
    shown = plain(answer.text)
    assert words in html.unescape(shown)
    assert f'value="{html.escape(texts["name"])}"' in shown  # as it was filled in
    assert re.search(r'id="tab-data"[^>]*aria-selected="true"', answer.text)
    assert list(settings.download_dir.iterdir()) == []


def test_a_file_that_cannot_be_used_or_is_too_large_is_told(
    client: TestClient, archive: bytes
) -> None:
    useless = send(client, b"\0\1", file_name="a.bin")
    assert useless.status_code == 422
    assert "não pode ser usado como conjunto de dados" in plain(useless.text)
    large = send(client, bytes(100_001))
    assert large.status_code == 413
    assert "100000 bytes" in plain(large.text)
    assert send(client, archive, file_name="a.zip").status_code == 303
    assert "A data set &#39;a&#39; is there" in plain(send(client, archive, file_name="a.zip").text)
    assert client.post("/upload", content=b"x").status_code == 422  # no form


def test_the_key_is_a_field_before_the_file_and_is_not_shown_again(
    settings: Settings, archive: bytes
) -> None:
    locked = settings.model_copy(update={"api_key": SecretStr(KEY)})
    with TestClient(create_app(locked, PatientExecutor()), follow_redirects=False) as client:
        form = plain(client.get("/").text)
        assert form.index('name="key"') < form.index('name="file"')
        assert send(client, archive, file_name="a.zip").status_code == 401
        wrong = send(client, archive, key=KEY + "?", file_name="a.zip")
        assert wrong.status_code == 401
        assert KEY not in wrong.text
        assert send(client, archive, key=KEY, file_name="a.zip").status_code == 303


def test_a_page_of_another_site_cannot_send_it(
    client: TestClient, settings: Settings, archive: bytes
) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        files = {"file": ("a.zip", archive)}
        assert client.post("/upload", files=files, headers=headers).status_code == 403
    assert not settings.download_dir.exists()
    own = client.post(
        "/upload", files={"file": ("a.zip", archive)}, headers={"Origin": "http://testserver"}
    )
    assert own.status_code == 303
    # Without this, browsers would send `Origin: null` with forms to addresses without TLS.
    assert client.get("/").headers["Referrer-Policy"] == "same-origin"


def test_the_links_of_a_refused_form_lead_back_to_the_page(client: TestClient) -> None:
    assert client.get("/upload?lang=es").headers["Location"] == "/?lang=es#data="


def test_a_damaged_data_set_is_told_with_its_reason(client: TestClient, settings: Settings) -> None:
    (settings.download_dir / "uploaded" / "bad").mkdir(parents=True)
    told = client.get("/web/data").json()
    assert told["datasets"] == []
    assert [it["name"] for it in told["damaged"]] == ["bad"]
    assert "dataset.json cannot be read" in told["damaged"][0]["reason"]
