"""A real Dovecot with one account on Maildir, over IMAP with and without TLS, ended by its pid."""

from __future__ import annotations

import base64
import hmac
import json
import os
import pwd
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from tests.servers.certificates import Certificates, make_certificates
from tests.servers.daemons import daemon_or_skip, free_port, wait_for_port

COLLEAGUE = "colleague"
"""Another account on the same mails, with the same password, that may do everything."""
CONFIGURATION = """
base_dir = {state}/run
state_dir = {state}/run
log_path = {state}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificates.certificate}
ssl_key = <{certificates.key}
local_name localhost {{
  ssl_cert = <{expired.certificate}
  ssl_key = <{expired.key}
}}
disable_plaintext_auth = no
auth_mechanisms = {logins}
auth_failure_delay = 0
mail_location = maildir:{state}/mail
mail_uid = {owner}
mail_gid = {group}
mail_fsync = never
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 100
maildir_copy_with_hardlinks = no
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {internal_group}
{capabilities}
mail_plugins = acl quota
plugin {{
  acl = vfile:{state}/acl
  quota = count:Mailbox
  quota_rule = *:storage={quota}
  quota_vsizes = yes
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {state}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {state}/oauth2
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
OAUTH2 = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={state}/keys/
username_attribute = sub
"""


@dataclass(frozen=True, slots=True)
class RunningDovecot:
    """A Dovecot that answers.

    Attributes:
        port: without TLS at first, on 127.0.0.1.
        tls_port: with TLS from the start.
        user: account name.
        password: its password.
        token: an access token of the account that is good.
        certificates: what it shows, and the authority to pin.
        expired: what it shows those who call it `localhost`.
        mails: the account's Maildir.
        kill: ends it at once, with all sessions; it can be called again.
    """

    port: int
    tls_port: int
    user: str
    password: str
    token: str
    certificates: Certificates
    expired: Certificates
    mails: Path
    kill: Callable[[], None]


@contextmanager
def dovecot_server(
    user: str = "hub",
    password: str = "Straße{1}%",
    *,
    separator: str = ".",
    capabilities: str = "",
    rights: Mapping[str, str] | None = None,
    quota: str = "0",
    logins: str = "plain login cram-md5 xoauth2 oauthbearer",
) -> Iterator[RunningDovecot]:
    """Serve an empty mailbox until the context ends; works as root and unprivileged.

    Args:
        user: account name.
        password: its password.
        separator: what divides the names of folders.
        capabilities: all that the server announces; empty: all it has.
        rights: what the account may do, by folder (RFC 4314); None: everything.
        quota: bytes of all mails, such as `10k`; 0 for any.
        logins: mechanisms that are offered.

    Raises:
        RuntimeError: Dovecot does not start.
    """
    dovecot = daemon_or_skip("dovecot-imapd", "dovecot")
    with tempfile.TemporaryDirectory(prefix="dovecot-") as place:
        state = Path(place)
        state.chmod(0o755)
        certificates = make_certificates(state / "tls")
        expired = make_certificates(state / "expired", age=timedelta(days=10))
        port, tls_port = free_port(), free_port()
        _write_configuration(
            state,
            certificates=certificates,
            expired=expired,
            port=port,
            tls_port=tls_port,
            separator=separator,
            capabilities=f"imap_capability = {capabilities}" if capabilities else "",
            quota=quota,
            logins=logins,
        )
        (state / "acl").write_text(
            "".join(f'"{folder}" user={user} {may}\n' for folder, may in (rights or {}).items())
        )
        accounts = (f"{name}:{{PLAIN}}{password}::::::\n" for name in (user, COLLEAGUE))
        (state / "users").write_text("".join(accounts))
        process = subprocess.Popen(
            [dovecot, "-F", "-c", str(state / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=(state / "stderr").open("wb"),
            # A group of its own: killed with all its processes, it ends at once.
            start_new_session=True,
        )
        kill = partial(_kill, process)
        try:
            for one in (port, tls_port):
                wait_for_port(one, process, state / "stderr")
            token = _token(user, _signing_key(state))
            yield RunningDovecot(
                port,
                tls_port,
                user,
                password,
                token,
                certificates,
                expired,
                state / "mail",
                kill,
            )
        finally:
            kill()


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _write_configuration(state: Path, **settings: object) -> None:
    me = pwd.getpwuid(os.geteuid())
    # As root the mails belong to nobody: Dovecot refuses to serve a mailbox as root.
    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else me
    internal = pwd.getpwnam("dovecot") if os.geteuid() == 0 else me
    for name in ("run", "mail", "home"):
        (state / name).mkdir(mode=0o755)
    for name in ("mail", "home"):
        os.chown(state / name, owner.pw_uid, owner.pw_gid)
    (state / "oauth2").write_text(OAUTH2.format(state=state))
    (state / "dovecot.conf").write_text(
        CONFIGURATION.format(
            state=state,
            owner=owner.pw_uid,
            group=owner.pw_gid,
            login="dovenull" if os.geteuid() == 0 else me.pw_name,
            internal=internal.pw_name,
            internal_group=internal.pw_gid if os.geteuid() else "dovecot",
            **settings,
        )
    )


def _signing_key(state: Path) -> bytes:
    """Lay down the key that tokens are signed with, where Dovecot looks for it."""
    key = secrets.token_bytes(32)
    place = state / "keys" / "default" / "HS256"
    place.mkdir(parents=True)
    (place / "default").write_bytes(base64.b64encode(key))
    return key


def _token(user: str, key: bytes) -> str:
    """Return a token as identity providers give them (RFC 7519), good for an hour."""
    now = int(time.time())
    claims = {"sub": user, "iat": now, "nbf": now - 60, "exp": now + 3600}
    parts = [_plain(json.dumps(one).encode()) for one in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signed = ".".join(parts)
    return f"{signed}.{_plain(hmac.digest(key, signed.encode(), 'sha256'))}"


def _plain(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
