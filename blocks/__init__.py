"""Everything outside the process that the hub talks to; `ENDPOINTS` is the one list.

Prefect imports this package at its start (entry point `prefect.collections`), which is what makes
the block types known to its server, its workers and `prefect block register -m blocks`.
"""

from blocks.local import LocalFolder
from blocks.sftp import SftpServer
from blocks.smtp import SmtpServer
from blocks.ssh_key import SshKey
from blocks.webdav import WebdavServer

ENDPOINTS = (LocalFolder, SftpServer, WebdavServer, SmtpServer)
"""The endpoints a transfer can name, in the order of the handbook."""

__all__ = [
    "ENDPOINTS",
    "LocalFolder",
    "SftpServer",
    "SmtpServer",
    "SshKey",
    "WebdavServer",
]
