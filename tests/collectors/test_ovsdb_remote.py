"""What `--ovsdb` takes, and what it does not."""

import pytest

from collectors.ovsdb import Source, sources_of
from collectors.ovsdb.remote import Remote
from ovntrace.errors import WrongQuestionError


@pytest.mark.parametrize(
    ("word", "source"),
    [
        ("nb=tcp:10.0.0.1:6641", Source("", "nb", (Remote("tcp", "10.0.0.1", 6641),))),
        ("sb=ssl:db.example:6642", Source("", "sb", (Remote("ssl", "db.example", 6642),))),
        ("nb=tcp:[2001:db8::1]:6641", Source("", "nb", (Remote("tcp", "2001:db8::1", 6641),))),
        ("nb=tcp:10.0.0.1", Source("", "nb", (Remote("tcp", "10.0.0.1", 6640),))),
        ("ovs=unix:/run/a b=c:d", Source("", "ovs", (Remote("unix", "/run/a b=c:d"),))),
        ("w-1.example:ovs=unix:/x", Source("w-1.example", "ovs", (Remote("unix", "/x"),))),
        (
            "nb=tcp:1.1.1.1:1,ssl:[::1]:2",
            Source("", "nb", (Remote("tcp", "1.1.1.1", 1), Remote("ssl", "::1", 2))),
        ),
    ],
)
def test_a_source(word: str, source: Source) -> None:
    assert sources_of([word]) == (source,)


@pytest.mark.parametrize("text", ["tcp:10.0.0.1:6641", "ssl:[2001:db8::1]:6642", "unix:/a,b"[:7]])
def test_a_remote_is_shown_as_it_is_given(text: str) -> None:
    assert str(sources_of([f"nb={text}"])[0]) == text


@pytest.mark.parametrize(
    "word",
    [
        "", "nb", "nb=", "nb=tcp:", "nb=tcp::1", "nb=tcp:h:x", "nb=tcp:h:0", "nb=tcp:h:65536",
        "nb=tcp:2001:db8::1", "nb=tcp:[nope]:1", "nb=tcp:[::1]1", "nb=ptcp:1", "nb=unix:",
        "nb=h:1", "nbx=tcp:h:1", ":nb=tcp:h:1", "../a:nb=tcp:h:1", "-n:nb=tcp:h:1",
        "nb=tcp:h:1,", "nb=tcp:h:٣", "nb=unix:/a\0b",
    ],
)  # fmt: skip
def test_no_source(word: str) -> None:
    with pytest.raises(WrongQuestionError) as raised:
        sources_of([word])
    assert "--ovsdb" in raised.value.message
    assert "tcp:HOST:PORT" in raised.value.hint


def test_the_same_database_twice() -> None:
    with pytest.raises(WrongQuestionError, match="nb= is given twice"):
        sources_of(["nb=tcp:a:1", "nb=tcp:b:1"])
    with pytest.raises(WrongQuestionError, match="n1:ovs= is given twice"):
        sources_of(["n1:ovs=tcp:a:1", "n1:ovs=tcp:b:1"])
    assert len(sources_of(["n1:ovs=tcp:a:1", "n2:ovs=tcp:b:1", "ovs=tcp:c:1"])) == 3
