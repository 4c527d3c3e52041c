"""A real Dovecot with one account on Maildir, over IMAP with and without TLS, ended by its pid."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import Certificates, make_certificates
from tests.servers.daemons import daemon_or_skip, free_port, wait_for_port

START_SECONDS = 20.0

CONFIGURATION = """
base_dir = {state}/run
state_dir = {state}/run
log_path = {state}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificates.certificate}
ssl_key = <{certificates.key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{state}/mail
mail_uid = {owner}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 100
maildir_copy_with_hardlinks = no
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {internal_group}
{capabilities}
mail_plugins = acl
plugin {{
  acl = vfile:{state}/acl
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {state}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={state}/home
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  # Else a wrong password makes all later logins of this machine wait.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True, slots=True)
class RunningDovecot:
    """A Dovecot that answers.

    Attributes:
        port: without TLS at first, on 127.0.0.1.
        tls_port: with TLS from the start.
        user: account name.
        password: its password.
        certificates: what it shows, and the authority to pin.
    """

    port: int
    tls_port: int
    user: str
    password: str
    certificates: Certificates


@contextmanager
def dovecot_server(
    user: str = "hub",
    password: str = "Straße{1}%",
    *,
    separator: str = ".",
    capabilities: str = "",
    rights: str = "",
) -> Iterator[RunningDovecot]:
    """Serve an empty mailbox until the context ends; works as root and unprivileged.

    Args:
        user: account name.
        password: its password.
        separator: what divides the names of folders.
        capabilities: all that the server announces; empty: all it has.
        rights: what the account may do in its inbox (RFC 4314); empty: everything.

    Raises:
        RuntimeError: Dovecot does not start.
    """
    dovecot = daemon_or_skip("dovecot-imapd", "dovecot")
    with tempfile.TemporaryDirectory(prefix="dovecot-") as place:
        state = Path(place)
        state.chmod(0o755)
        certificates = make_certificates(state / "tls")
        port, tls_port = free_port(), free_port()
        _write_state(state, certificates, (port, tls_port), separator, capabilities)
        (state / "acl").write_text(f"INBOX owner {rights}\n" if rights else "")
        (state / "users").write_text(f"{user}:{{PLAIN}}{password}::::::\n")
        process = subprocess.Popen(
            [dovecot, "-F", "-c", str(state / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=(state / "stderr").open("wb"),
        )
        try:
            for one in (port, tls_port):
                wait_for_port(one, process, state / "stderr")
            yield RunningDovecot(port, tls_port, user, password, certificates)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_SECONDS)


def _write_state(
    state: Path,
    certificates: Certificates,
    ports: tuple[int, int],
    separator: str,
    capabilities: str,
) -> None:
    me = pwd.getpwuid(os.geteuid())
    # As root the mails belong to nobody: Dovecot refuses to serve a mailbox as root.
    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else me
    internal = pwd.getpwnam("dovecot") if os.geteuid() == 0 else me
    for name in ("run", "mail", "home"):
        (state / name).mkdir(mode=0o755)
    for name in ("mail", "home"):
        os.chown(state / name, owner.pw_uid, owner.pw_gid)
    (state / "dovecot.conf").write_text(
        CONFIGURATION.format(
            state=state,
            certificates=certificates,
            owner=owner.pw_uid,
            group=owner.pw_gid,
            login="dovenull" if os.geteuid() == 0 else me.pw_name,
            internal=internal.pw_name,
            internal_group=internal.pw_gid if os.geteuid() else "dovecot",
            separator=separator,
            port=ports[0],
            tls_port=ports[1],
            capabilities=f"imap_capability = {capabilities}" if capabilities else "",
        )
    )
