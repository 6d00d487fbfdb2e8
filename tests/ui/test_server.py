"""The server as a program meets it, and what it refuses to do."""

from __future__ import annotations

import json
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPMessage
from pathlib import Path

import pytest

from review_app import __version__, server
from review_app.errors import WrongUsage

from ..browser.serving import free_port, serving
from .projects import make_project


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(make_project(tmp_path_factory.mktemp("served"), n=1)) as found:
        yield found


def ask(address: str, method: str = "GET") -> tuple[int, HTTPMessage, bytes]:
    request = urllib.request.Request(address, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers, refused.read()


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/healthz", "GET", 200), ("/healthz", "POST", 405), ("/healthz", "DELETE", 405), ("/api", "GET", 404),
        ("/api/reviews", "POST", 404), ("/v1/traces", "POST", 401), ("/v1/traces", "GET", 405),
        ("/v1/logs", "POST", 401), ("/v1/logs", "DELETE", 405), ("/v1/metrics", "POST", 404),
        ("/_stcore/metrics", "GET", 404), ("/", "GET", 200), ("/agreement", "GET", 200),
    ],
)  # fmt: skip
def test_every_address_answers_as_it_should(address: str, path: str, method: str, status: int) -> None:
    found, headers, _ = ask(address + path, method)
    assert found == status
    for name, value in server.HEADERS.items():
        assert headers.get_all(name) == [value]


def test_health_says_which_version_runs(address: str) -> None:
    assert json.loads(ask(f"{address}/healthz")[2]) == {"ok": True, "version": __version__}


def test_a_port_in_use_is_told_at_once(address: str) -> None:
    with pytest.raises(WrongUsage, match="Cannot listen") as told:
        server.serve(Path(), "127.0.0.1", int(address.rsplit(":", 1)[1]), str)
    assert "--port" in told.value.do


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "review.example.org"])
def test_another_host_needs_a_proxy_that_names_people(host: str) -> None:
    with pytest.raises(WrongUsage, match="typed name") as told:
        server.serve(Path(), host, free_port(), str)
    assert "trusted_user_header" in told.value.do
    server.refuse_open_address(host, "X-Forwarded-Email")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_this_machine_needs_no_proxy(host: str) -> None:
    server.refuse_open_address(host, None)
    assert "localhost" in server.settings_for(host, 8501, None)["server.allowedHosts"]


def test_a_trusted_header_is_handed_on() -> None:
    found = server.settings_for("0.0.0.0", 8501, "X-Forwarded-Email")
    assert json.loads(found["server.trustedUserHeaders"]) == {"X-Forwarded-Email": "email"}
    assert "server.allowedHosts" not in found


def test_the_settings_file_says_what_the_server_says() -> None:
    file = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"
    if not file.is_file():
        pytest.skip("an installed package has no .streamlit/config.toml")
    assert flat(tomllib.loads(file.read_text())) == server.SETTINGS


def flat(value: dict[str, object], above: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, inside in value.items():
        found |= flat(inside, f"{above}{name}.") if isinstance(inside, dict) else {f"{above}{name}": inside}
    return found
