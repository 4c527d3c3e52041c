"""Looks step by step whether an endpoint works: resolve, connect, identity, login, use."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace

from blocks.endpoint import Endpoint, Finding
from transforms.errors import EndpointError, Unreachable


def check_access(endpoint: Endpoint, directory: str = "", *, write: bool = True) -> list[Finding]:
    """Try step by step what the endpoint is used for, and what it claims it can.

    Nothing is left behind: what is written carries a name that nobody reads, and is removed.

    Args:
        endpoint: the block.
        directory: below the base directory.
        write: try to write, rename and delete too.

    Returns:
        The steps in order; the last one has the error if one failed.
    """
    findings: list[Finding] = []
    began = time.monotonic()
    try:
        for finding in _steps(endpoint, directory, write=write):
            findings.append(replace(finding, seconds=time.monotonic() - began))
            began = time.monotonic()
    except EndpointError as error:
        step = f"after {findings[-1].step}" if findings else "start"
        findings.append(Finding(step, error.what, error, time.monotonic() - began))
    return findings


def _steps(endpoint: Endpoint, directory: str, *, write: bool) -> Iterator[Finding]:
    address = endpoint.address()
    if address:
        yield from _reach(endpoint, *address)
    yield from endpoint.greet()
    with endpoint.connect() as connection:
        yield Finding("login", "accepted")
        yield from connection.probe(directory, write=write)


def _reach(endpoint: Endpoint, host: str, port: int) -> Iterator[Finding]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = sorted({str(one[4][0]) for one in found})
        yield Finding("resolve", f"{host} is {', '.join(addresses)}")
        with socket.create_connection((host, port), endpoint.connect_seconds):
            yield Finding("connect", f"port {port} answers")
    except OSError as error:
        raise Unreachable(
            f"{host}:{port} cannot be reached: {error.strerror or error}",
            where=endpoint.label,
            remedy="Check host and port in the block, name resolution, firewall and the server",
        ) from error
