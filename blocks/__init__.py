"""Everything outside the process that the hub talks to; `ENDPOINTS` is the one list.

Prefect imports this package at its start (entry point `prefect.collections`), which is what makes
the block types known to its server, its workers and `prefect block register -m blocks`.
"""

from blocks.local import LocalFolder
from blocks.s3 import S3Bucket
from blocks.any_filesystem import AnyFilesystem
from blocks.smb import SmbShare
from blocks.http_service import HttpService
from blocks.printer import Printer
from blocks.sftp import SftpServer
from blocks.smtp import SmtpServer
from blocks.ssh_key import SshKey
from blocks.webdav import WebdavServer

ENDPOINTS = (LocalFolder, SftpServer, WebdavServer, SmtpServer, Printer, HttpService, SmbShare, AnyFilesystem, S3Bucket)
"""The endpoints a transfer can name, in the order of the handbook."""

__all__ = [
    "ENDPOINTS",
    "LocalFolder",
    "S3Bucket",
    "AnyFilesystem",
    "SmbShare",
    "HttpService",
    "Printer",
    "SftpServer",
    "SmtpServer",
    "SshKey",
    "WebdavServer",
]
