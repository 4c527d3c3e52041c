"""vsftpd, the production server, with Debian's demand that TLS sessions are used again."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.servers.certificates import make_certificates
from tests.servers.daemons import daemon_or_skip, free_port, wait_for_port
from tests.servers.ftp import RunningFtp

START_SECONDS = 10
CONFIGURATION = """
listen=YES
listen_ipv6=NO
listen_address=127.0.0.1
listen_port={port}
background=NO
run_as_launching_user={unprivileged}
anonymous_enable=YES
local_enable=NO
anon_root={root}
no_anon_password=NO
ftp_username={user}
allow_writeable_chroot=YES
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
secure_chroot_dir={empty}
ssl_enable=YES
allow_anon_ssl=YES
force_anon_data_ssl=YES
force_anon_logins_ssl=YES
rsa_cert_file={certificate}
rsa_private_key_file={key}
require_ssl_reuse=YES
ssl_ciphers=HIGH
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
"""


@contextmanager
def vsftpd_server(*options: str, age: timedelta = timedelta()) -> Iterator[RunningFtp]:
    """Serve a new directory over explicit TLS until the context ends.

    Args:
        options: more lines for the configuration.
        age: of its certificate, which expires after two days.

    Raises:
        RuntimeError: vsftpd does not start.
    """
    program = daemon_or_skip("vsftpd", "vsftpd")
    is_root = os.geteuid() == 0
    with tempfile.TemporaryDirectory(prefix="vsftpd-") as place:
        state = Path(place)
        state.chmod(0o755)
        for name in ("root", "empty"):
            (state / name).mkdir(mode=0o755)
        root = state / "root" / "data"
        root.mkdir()
        root.chmod(0o777)
        certificates = make_certificates(state / "tls", age)
        port = free_port()
        config = state / "vsftpd.conf"
        text = CONFIGURATION.format(
            port=port,
            root=state / "root",
            empty=state / "empty",
            unprivileged="NO" if is_root else "YES",
            # Its home must be there.
            user="daemon" if is_root else Path("~").expanduser().owner(),
            certificate=certificates.certificate,
            key=certificates.key,
        )
        config.write_text(text.lstrip() + "".join(f"{option}\n" for option in options))
        with (state / "output").open("wb") as log:
            process = subprocess.Popen(
                [program, str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_for_port(port, process, state / "output")
            yield RunningFtp(port, root, "anonymous", "hub@example", certificates.authority_pem)
        finally:
            # Sessions are children that stay when only the listener ends.
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(START_SECONDS)
