"""Every page says everything in every language, and nothing that nobody reads is kept."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from shared.web.catalogue import Catalogue
from shared.web.languages import LANGUAGES

ROOT = Path(__file__).parents[3]
SHARED = ROOT / "shared" / "web"
SERVICES = sorted(path.parent for path in (ROOT / "services").glob("*/web/text"))
WEBS = [SHARED, *SERVICES]
# t("key"  hasWords('key'  t(`beginning.${x}`  t("beginning." ~ x
USE = re.compile(r"""\b(?:t|hasWords)\(\s*(["'`])([\w.-]+)(\1|\$\{)(\s*~)?""")
NAMED = re.compile(r"""["'`]((?:problem|warning)\.[\w-]*)(?:["'`]|\$\{)""")


def words(folder: Path, code: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "text" / f"{code}.json").read_text("utf-8"))
    return content


def placeholders(entry: str | dict[str, str]) -> set[str]:
    texts = entry.values() if isinstance(entry, dict) else [entry]
    return set(re.findall(r"\{(\w+)\}", " ".join(texts)))


def uses(folder: Path) -> tuple[set[str], set[str]]:
    """Keys that the templates and scripts of a folder use, and beginnings of such keys."""
    exact: set[str] = set()
    beginnings: set[str] = set()
    for path in [*folder.rglob("*.html"), *folder.rglob("*.js")]:
        text = path.read_text("utf-8")
        for _, key, end, joined in USE.findall(text):
            (beginnings if joined or end == "${" else exact).add(key)
        beginnings.update(NAMED.findall(text))
    return exact, beginnings


@pytest.mark.parametrize("folder", WEBS, ids=lambda path: path.parent.name)
def test_every_language_has_the_same_keys_kinds_and_placeholders(folder: Path) -> None:
    english = words(folder, "en")
    for code in LANGUAGES:
        other = words(folder, code)
        assert list(other) == list(english), code
        for key, entry in other.items():
            assert placeholders(entry) == placeholders(english[key]), (code, key)
            assert isinstance(entry, dict) == isinstance(english[key], dict), (code, key)
            assert not isinstance(entry, dict) or set(entry) == {"one", "other"}, (code, key)


@pytest.mark.parametrize("folder", WEBS, ids=lambda path: path.parent.name)
def test_every_key_that_is_used_exists_and_every_key_is_used(folder: Path) -> None:
    shared = words(SHARED, "en").keys()
    known = shared | words(folder, "en").keys()
    exact, beginnings = uses(folder)
    assert exact - known == set()
    for beginning in beginnings:
        assert any(key.startswith(beginning) for key in known), beginning
    if folder == SHARED:
        for service in SERVICES:
            more_exact, more_beginnings = uses(service)
            exact, beginnings = exact | more_exact, beginnings | more_beginnings
    unused = words(folder, "en").keys() - exact
    assert {key for key in unused if not key.startswith(tuple(beginnings))} == set()


def test_a_text_escapes_its_values_chooses_its_plural_and_writes_numbers(tmp_path: Path) -> None:
    for code in LANGUAGES:
        entry = {"one": "{n} class, {name}", "other": "{n} classes, {name}"}
        (tmp_path / f"{code}.json").write_text(json.dumps({"classes": entry}))
    catalogue = Catalogue([tmp_path])
    english, spanish = LANGUAGES["en"], LANGUAGES["es"]
    assert catalogue.text(english, "classes", n=1, name="<b>") == "1 class, &lt;b&gt;"
    assert catalogue.text(english, "classes", n=2000, name="") == "2,000 classes, "
    assert catalogue.text(spanish, "classes", n=20000, name="") == "20.000 classes, "


def test_two_folders_with_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match=r"taken: .*frame\.about"):
        Catalogue([SHARED / "text", SHARED / "text"])
