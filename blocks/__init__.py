"""Everything outside the process that the hub talks to; `ENDPOINTS` is the one list.

Prefect imports this package at its start (entry point `prefect.collections`), which is what makes
the block types known to its server, its workers and `prefect block register -m blocks`.
"""

from blocks.any_filesystem import AnyFilesystem
from blocks.clamd import VirusScanner
from blocks.ftp import FtpServer
from blocks.http_service import HttpService
from blocks.imap import ImapMailbox
from blocks.local import LocalFolder
from blocks.open_pgp_key import OpenPgpKeyBlock
from blocks.printer import Printer
from blocks.s3 import S3Bucket
from blocks.sftp import SftpServer
from blocks.smb import SmbShare
from blocks.smtp import SmtpServer
from blocks.ssh_key import SshKey
from blocks.webdav import WebdavServer

ENDPOINTS = (
    LocalFolder,
    SftpServer,
    SmbShare,
    FtpServer,
    WebdavServer,
    S3Bucket,
    AnyFilesystem,
    HttpService,
    ImapMailbox,
    SmtpServer,
    Printer,
)
"""The endpoints a transfer can name, in the order of the handbook."""

__all__ = [
    "ENDPOINTS",
    "AnyFilesystem",
    "FtpServer",
    "HttpService",
    "ImapMailbox",
    "LocalFolder",
    "OpenPgpKeyBlock",
    "Printer",
    "S3Bucket",
    "SftpServer",
    "SmbShare",
    "SmtpServer",
    "SshKey",
    "VirusScanner",
    "WebdavServer",
]
