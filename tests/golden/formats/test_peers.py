"""What we write is what the other tool's own library reads."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from review_app.golden.formats.case import GoldenCase, cases
from review_app.golden.formats.registry import FORMATS

from ... import peers
from .releases import NASTY, a_release


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, GoldenCase], dict[str, Any]]:
    """The cases by id, and what each library saw."""
    folder = tmp_path_factory.mktemp("peers")
    made = a_release(folder)
    for name, one in FORMATS.items():
        for path, content in one.files(made).items():
            target = folder / f"{name}{one.suffix}" / path if path else folder / f"{name}{one.suffix}"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    found = peers.read_back(Path(__file__).with_name("read_back.py"), folder)
    return {case.example_id: case for case in cases(made)}, json.loads(found.splitlines()[-1])


def test_hugging_face(exported: tuple[dict[str, GoldenCase], dict[str, Any]]) -> None:
    known, seen = exported
    sides = {side: sorted(name for name, case in known.items() if case.split == side) for side in ("dev", "test")}
    assert seen["huggingface"] == sides


def test_inspect(exported: tuple[dict[str, GoldenCase], dict[str, Any]]) -> None:
    known, seen = exported
    assert seen["inspect"].keys() == known.keys()
    for name, (target, said) in seen["inspect"].items():
        assert target == (known[name].expected or "")
        assert said == [message["content"] for message in known[name].chat]
    assert any(NASTY in said for _, said in seen["inspect"].values())


def test_deepeval(exported: tuple[dict[str, GoldenCase], dict[str, Any]]) -> None:
    known, seen = exported
    want = {name: [case.question, case.expected, case.context] for name, case in known.items()}
    assert seen["deepeval"] == want


def test_langfuse(exported: tuple[dict[str, GoldenCase], dict[str, Any]]) -> None:
    known, seen = exported
    want = {f"golden-release-0001-{name}": ["golden-release-0001", case.expected] for name, case in known.items()}
    assert seen["langfuse"] == want


def test_openai_evals(exported: tuple[dict[str, GoldenCase], dict[str, Any]]) -> None:
    """Cases without an expected answer have nothing to match, and are left out."""
    known, seen = exported
    matchable = {name: case for name, case in known.items() if case.expected is not None}
    want = {name: [case.expected, [message["content"] for message in case.chat]] for name, case in matchable.items()}
    assert want
    assert seen["openai_evals"] == want


def test_phoenix(exported: tuple[dict[str, GoldenCase], dict[str, Any]], tmp_path: Path) -> None:
    """Uploaded to a Phoenix, and read with its own client."""
    known, _ = exported
    body = FORMATS["phoenix"].files(a_release(tmp_path))[""]
    script = (
        "import json, sys; from phoenix.client import Client; "
        "found = Client(base_url=sys.argv[1]).datasets.get_dataset(dataset='golden-release-0001'); "
        "print(json.dumps([[one['metadata']['example_id'], one['output']['expected']] for one in found.examples]))"
    )
    with peers.phoenix(tmp_path) as address:
        head = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{address}/v1/datasets/upload?sync=true", body, head)
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200
        seen = json.loads(peers.run(script, address).splitlines()[-1])
    assert dict(seen) == {name: case.expected for name, case in known.items()}
