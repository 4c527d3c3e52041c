"""A real Postfix that keeps what it takes in Maildirs, over STARTTLS and TLS, ended by its pid."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from tests.servers.certificates import Certificates, make_certificates
from tests.servers.daemons import daemon_or_skip, eventually, free_port

START_SECONDS = 20.0
DOMAIN = "gemeinde.example"

QUEUES = (
    "active",
    "bounce",
    "corrupt",
    "defer",
    "deferred",
    "flush",
    "hold",
    "incoming",
    "maildrop",
    "private",
    "public",
    "saved",
    "trace",
)

MAIN = """
compatibility_level = 3.6
config_directory = {state}/etc
queue_directory = {state}/queue
data_directory = {state}/data
maillog_file = {state}/log/mail.log
maillog_file_prefixes = {state}/log
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
disable_dns_lookups = yes
smtpd_peername_lookup = no
biff = no
message_size_limit = {size_limit}
virtual_mailbox_limit = 0
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {state}/mail
virtual_mailbox_maps = texthash:{state}/etc/boxes
virtual_uid_maps = static:{owner.pw_uid}
virtual_gid_maps = static:{owner.pw_gid}
virtual_minimum_uid = 1
smtpd_recipient_restrictions =
  check_recipient_access texthash:{state}/etc/answers,
  reject_unauth_destination
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_cert_file = {certificates.certificate}
smtpd_tls_key_file = {certificates.key}
smtpd_tls_security_level = encrypt
smtpd_error_sleep_time = 0
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class RunningPostfix:
    """A Postfix that answers.

    Attributes:
        port: with STARTTLS, on 127.0.0.1; nothing is taken without it.
        tls_port: with TLS from the start.
        certificates: what it shows, and the authority to pin.
        mail: directory of the Maildirs.
    """

    port: int
    tls_port: int
    certificates: Certificates
    mail: Path

    def arrived(self, box: str, count: int = 1) -> list[EmailMessage]:
        """Wait for so many mails in a mailbox and take them out."""
        place = self.mail / box / "new"

        def look() -> list[Path] | None:
            found = sorted(place.glob("*")) if place.is_dir() else []
            return found if len(found) >= count else None

        mails = []
        for path in eventually(look, f"{count} mails for {box}", START_SECONDS):
            message = message_from_bytes(path.read_bytes(), policy=default)
            assert isinstance(message, EmailMessage)
            mails.append(message)
            path.unlink()
        return mails


@contextmanager
def postfix_server(
    boxes: tuple[str, ...], answers: Mapping[str, str], *, size_limit: int
) -> Iterator[RunningPostfix]:
    """Take mails for mailboxes of `DOMAIN` until the context ends.

    Args:
        boxes: names of mailboxes; other addresses are unknown.
        answers: names of addresses that are refused, each with the answer it gets.
        size_limit: bytes of a mail, announced as SIZE.

    Raises:
        RuntimeError: Postfix does not start.
    """
    postfix = daemon_or_skip("postfix", "postfix")
    if os.geteuid() != 0:
        pytest.skip("Postfix starts as root only")
    with tempfile.TemporaryDirectory(prefix="postfix-") as place:
        state = Path(place)
        state.chmod(0o755)
        certificates = make_certificates(state / "tls")
        ports = free_port(), free_port()
        _write_state(state, certificates, ports, size_limit)
        _write_map(state / "etc" / "boxes", {box: f"{box}/" for box in boxes})
        _write_map(state / "etc" / "answers", answers)
        etc = str(state / "etc")
        asked = [str(Path(postfix).with_name("postconf")), "-c", etc, "-h", "daemon_directory"]
        programs = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
        with (state / "out").open("wb") as out:
            process = subprocess.Popen(
                [f"{programs}/master", "-c", etc, "-s"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            for port in ports:
                _wait_for(port, process, state)
            yield RunningPostfix(*ports, certificates, state / "mail")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_SECONDS)


def _write_state(
    state: Path, certificates: Certificates, ports: tuple[int, int], size_limit: int
) -> None:
    owner, daemon = pwd.getpwnam("nobody"), pwd.getpwnam("postfix")
    for name in ("etc", "queue", "data", "log", "mail"):
        (state / name).mkdir(mode=0o755)
    os.chown(state / "data", daemon.pw_uid, daemon.pw_gid)
    os.chown(state / "mail", owner.pw_uid, owner.pw_gid)
    # What "postfix check" would make, which takes seconds.
    for name in QUEUES:
        (state / "queue" / name).mkdir(mode=0o700)
        os.chown(state / "queue" / name, daemon.pw_uid, daemon.pw_gid)
    (state / "queue" / "pid").mkdir(mode=0o755)
    (state / "etc" / "main.cf").write_text(
        MAIN.format(
            state=state,
            owner=owner,
            certificates=certificates,
            size_limit=size_limit,
            domain=DOMAIN,
        )
    )
    (state / "etc" / "master.cf").write_text(MASTER.format(port=ports[0], tls_port=ports[1]))


def _write_map(path: Path, values: Mapping[str, str]) -> None:
    lines = (f"{name}@{DOMAIN} {value}\n" for name, value in values.items())
    path.write_text("".join(lines))


def _wait_for(port: int, process: subprocess.Popen[bytes], state: Path) -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(START_SECONDS)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    message = f"postfix did not start: {(state / 'out').read_text()}"
    raise RuntimeError(message)
