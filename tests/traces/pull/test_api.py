"""How a server is asked: in turn, again when it is busy, and with a key that goes nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from review_app.errors import BadInput, WrongUsage
from review_app.traces.pull.api import LARGEST, MOST_TRIES, Api, NotThere
from review_app.traces.pull.keys import access

from ...api_server import ApiServer, api_server

pytest.importorskip("httpx", reason="the extra `pull` is not installed")

SECRET = "sk-lf-a-key-that-nobody-else-may-see"
KEYS = {"LANGFUSE_PUBLIC_KEY": "pk-lf-1", "LANGFUSE_SECRET_KEY": SECRET}


class Clock:
    """A clock that a test moves by sleeping."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, list[float]()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with api_server(lambda asked: (200, {"path": asked.path})) as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(server: ApiServer, clock: Clock) -> Iterator[Api]:
    with Api(access("langfuse", server.address, KEYS), 4, clock, clock.sleep) as found:
        yield found


def test_it_asks_no_faster_than_told_to(api: Api, clock: Clock) -> None:
    for _ in range(5):
        api.get("/x")
    # 4 a second: the first at once, each other a quarter of a second later
    assert clock.slept == [0.25] * 4


def test_the_key_goes_with_each_request(api: Api, server: ApiServer) -> None:
    assert api.get("/x", [("limit", 2), ("limit", 3)]) == {"path": "/x"}
    # base64 of pk-lf-1:sk-lf-a-key-...
    assert server.asked[0].key is not None
    assert server.asked[0].key.startswith("Basic cGstbGYtMTpza")
    assert server.asked[0].params == {"limit": ["2", "3"]}


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        pytest.param((429, {"retry-after": "7"}), 7, id="429 in seconds"),
        pytest.param((503, {"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}), 0, id="503 until a date that is over"),
        pytest.param((429, {}), 1, id="429 without a word"),
        pytest.param((502, {"retry-after": "soon"}), 1, id="502 with a word that is none"),
        pytest.param("cut", 1, id="an answer that breaks off"),
    ],
)
def test_it_asks_again_after_a_while(
    api: Api, server: ApiServer, clock: Clock, fault: tuple[int, dict[str, str]] | str, waits: float
) -> None:
    server.faults = [fault]
    assert api.get("/x") == {"path": "/x"}
    assert clock.slept[0] == waits
    assert len(server.asked) == 2


def test_it_gives_up_in_the_end(api: Api, server: ApiServer, clock: Clock) -> None:
    server.faults = [(503, {})] * 20
    with pytest.raises(BadInput, match="answered 503, 8 times"):
        api.get("/x")
    assert len(server.asked) == MOST_TRIES
    # 1 + 2 + 4 + 8 + 16 + 30 + 30
    assert sum(clock.slept) == 91


def test_a_server_that_wants_hours_of_rest_is_left_alone(api: Api, server: ApiServer) -> None:
    server.faults = [(429, {"retry-after": "7200"})]
    with pytest.raises(BadInput, match="left alone for 7200 s"):
        api.get("/x")
    assert len(server.asked) == 1


def test_a_redirect_does_not_get_the_key(api: Api, server: ApiServer) -> None:
    with api_server(lambda asked: (200, {})) as other:
        server.faults = [(302, {"location": f"{other.address}/x?{SECRET}"})]
        with pytest.raises(BadInput, match="points to http://127") as raised:
            api.get("/x")
        assert other.asked == []
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        pytest.param(401, WrongUsage, "LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY", id="401"),
        pytest.param(403, WrongUsage, "refused the key", id="403"),
        pytest.param(404, NotThere, "nothing there", id="404"),
        pytest.param(400, BadInput, "answered 400", id="400"),
        pytest.param(500, BadInput, "answered 500", id="500"),
    ],
)
def test_what_asking_again_does_not_mend_is_said(
    api: Api, server: ApiServer, status: int, kind: type[Exception], words: str
) -> None:
    server.faults = [(status, {})]
    with pytest.raises(kind, match=words) as raised:
        api.get("/x")
    assert SECRET not in str(raised.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(lambda asked: (200, b"<html>"), "no JSON", id="a page"),
        pytest.param(lambda asked: (200, b"[" + bytes(LARGEST) + b"]"), "longer than 64 MiB", id="too long"),
    ],
)
def test_an_answer_that_is_none(
    api: Api, server: ApiServer, answer: Callable[..., tuple[int, object]], words: str
) -> None:
    server.answer = answer
    with pytest.raises(BadInput, match=words):
        api.get("/x")


@pytest.mark.parametrize(
    ("tool", "url", "environment", "words"),
    [
        pytest.param("langfuse", "https://a.org", {}, "Set LANGFUSE_PUBLIC_KEY and", id="no key"),
        pytest.param("langfuse", "https://a.org", {"LANGFUSE_PUBLIC_KEY": "x"}, "Set LANGFUSE", id="half a key"),
        pytest.param(
            "langfuse", "https://b.org", KEYS | {"LANGFUSE_HOST": "https://a.org"}, "belongs to a.org", id="other"
        ),
        pytest.param("phoenix", "file:///etc/passwd", {}, "no address", id="a file"),
        pytest.param("phoenix", "https://a.org:99999", {}, "no address", id="a port that is none"),
        pytest.param("phoenix", f"https://x:{SECRET}@a.org", {}, "holds a name", id="a password in it"),
        pytest.param("mlflow", f"https://a.org?token={SECRET}", {}, "or a query", id="a query"),
    ],
)
def test_an_address_or_key_that_will_not_do(tool: str, url: str, environment: dict[str, str], words: str) -> None:
    with pytest.raises(WrongUsage, match=words) as raised:
        access(tool, url, environment)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("tool", "environment", "header"),
    [
        pytest.param("phoenix", {}, {}, id="none needed"),
        pytest.param("phoenix", {"PHOENIX_API_KEY": " k\n"}, {"authorization": "Bearer k"}, id="bearer"),
        # base64 of u:p
        pytest.param("mlflow", {"MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_PASSWORD": "p"},
                     {"authorization": "Basic dTpw"}, id="user and password"),
        pytest.param("mlflow", {"MLFLOW_TRACKING_TOKEN": "t", "MLFLOW_TRACKING_URI": "http://a.org:5000/x"},
                     {"authorization": "Bearer t"}, id="of the same host"),
    ],
)  # fmt: skip
def test_the_header_of_a_key(tool: str, environment: dict[str, str], header: dict[str, str]) -> None:
    found = access(tool, "http://a.org/base/", environment)
    assert (found.base, found.header) == ("http://a.org/base", header)
    assert "Basic" not in repr(found)
    assert "Bearer" not in repr(found)
