"""Which ports Kafka and PostgreSQL of a data folder listen on."""

import socket

import pytest

from local import ports
from local.ports import PortWish, choose


def test_a_port_of_no_ones_wish_is_none_that_the_kernel_gives_away() -> None:
    first = int(ports.EPHEMERAL.read_text().split()[0])
    if first <= ports.PORT_MIN:
        pytest.skip("this machine gives every port above 20,000 to outgoing connections")
    chosen = choose([PortWish("one"), PortWish("two"), PortWish("three")])
    assert len(set(chosen)) == len(chosen)
    assert all(ports.PORT_MIN <= port < first for port in chosen)


def test_a_machine_that_gives_away_every_port_has_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "PORT_MIN", 70_000)
    (port,) = choose([PortWish("one")])
    assert port > 0


def test_the_port_of_last_time_is_taken_again_while_it_is_free() -> None:
    (before,) = choose([PortWish("one")])
    assert choose([PortWish("one", before=before)]) == [before]
    with socket.create_server((ports.LOOPBACK, before)):
        assert choose([PortWish("one", before=before)]) != [before]
