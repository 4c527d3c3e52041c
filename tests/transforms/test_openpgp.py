"""Steps `pgp-encrypt`, `pgp-decrypt`, `pgp-sign` and `pgp-verify`, also against GnuPG."""

from __future__ import annotations

import shutil
import subprocess
import time
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.transforms.step_contract import StepContract, stored
from transforms.document import Document
from transforms.errors import DefinitionWrong, DocumentInvalid
from transforms.pgp_decrypt import PgpDecrypt
from transforms.pgp_encrypt import PgpEncrypt
from transforms.pgp_sign import PgpSign
from transforms.pgp_verify import PgpVerify
from transforms.step import NoSupplies, OpenPgpKey, Step, Supplies, Workbench

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pysequoia

CONTENT = b"<Antrag>Gr\xc3\xb6\xc3\x9fe</Antrag>"


@cache
def pair(name: str, seconds: int | None = None) -> tuple[OpenPgpKey, OpenPgpKey]:
    """Return a new secret key and its certificate."""
    secret = pysequoia.Tsk.generate(f"{name} <{name}@kommune.example>", validity_seconds=seconds)
    return OpenPgpKey(str(secret)), OpenPgpKey(str(secret.extract_certificate()))


class Keys(NoSupplies):
    """The keys of two: the hub's, and those of an online service; and bad ones."""

    def key(self, block: str) -> OpenPgpKey:
        """Return one of them."""
        name, _, part = block.removeprefix("open-pgp-key/").partition(".")
        if name == "broken":
            return OpenPgpKey("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxyz")
        if name == "expired":
            keys = pair(name, 1)
            while not _is_over(keys[1]):
                time.sleep(0.1)
            return keys[part == "public"]
        return pair(name)[part == "public"]


class Lent(NoSupplies):
    """One key for every block."""

    def __init__(self, key: OpenPgpKey) -> None:
        """Take it."""
        self._key = key

    def key(self, block: str) -> OpenPgpKey:
        """Return it."""
        del block
        return self._key


def _is_over(certificate: OpenPgpKey) -> bool:
    expiration = pysequoia.Cert.from_bytes(certificate.key.encode()).expiration
    return bool(expiration and expiration.timestamp() < time.time())


ENCRYPT = PgpEncrypt(encrypt_for=["open-pgp-key/hub.public"], encrypt_signer="open-pgp-key/dienst")
DECRYPT = PgpDecrypt(decrypt_key="open-pgp-key/hub", decrypt_signers=["open-pgp-key/dienst.public"])
SIGN = PgpSign(sign_key="open-pgp-key/dienst", sign_detached=False)
VERIFY = PgpVerify(verify_signers=["open-pgp-key/dienst.public"], verify_mib=20)


def made(step: Step, content: bytes, name: str, folder: Path) -> list[Document]:
    """Apply a step to new content."""
    bench = Workbench(folder, Keys()).part(sum(1 for _ in folder.iterdir()))
    return list(step.apply(stored(folder, content, name), bench))


@cache
def message(folder: Path, size: int = 0, *, signed_only: bool = False) -> bytes:
    """Return a message for the hub, signed by the online service."""
    folder.mkdir(exist_ok=True)
    content = CONTENT if not size else bytes(range(256)) * (size >> 8)
    (one,) = made(SIGN if signed_only else ENCRYPT, content, "antrag.xml", folder)
    return one.path.read_bytes()


class TestEncrypt(StepContract):
    """The contract; no two messages are the same."""

    refuses = False
    repeatable = False

    def step(self) -> PgpEncrypt:
        return ENCRYPT

    def supplies(self) -> Supplies:
        return Keys()


class TestSign(StepContract):
    """The contract; no two signatures are the same."""

    refuses = False
    repeatable = False

    def step(self) -> PgpSign:
        return PgpSign(sign_key="open-pgp-key/dienst")

    def supplies(self) -> Supplies:
        return Keys()


class _Reading(StepContract):
    signed_only = False

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        self.folder = tmp_path_factory.getbasetemp() / "messages"

    def supplies(self) -> Supplies:
        return Keys()

    def good(self) -> Mapping[str, bytes]:
        return {"message": message(self.folder, signed_only=self.signed_only)}

    def large(self) -> bytes:
        return message(self.folder, 11 << 20, signed_only=self.signed_only)

    def hostile(self) -> Mapping[str, bytes]:
        sound = message(self.folder, 1 << 16, signed_only=self.signed_only)
        turned = bytearray(sound)
        turned[len(sound) // 2] ^= 1
        return {
            "changed": bytes(turned),
            "cut off": sound[: len(sound) // 2],
            "nothing": b"",
            "in clear": CONTENT,
            "for another": foreign(self.folder, signed_only=self.signed_only),
        }


def foreign(folder: Path, *, signed_only: bool) -> bytes:
    """Return a message for somebody else, or signed by somebody else."""
    step: Step = PgpEncrypt(encrypt_for=["open-pgp-key/andere.public"])
    if signed_only:
        step = PgpSign(sign_key="open-pgp-key/andere", sign_detached=False)
    (one,) = made(step, CONTENT, "antrag.xml", folder)
    return one.path.read_bytes()


class TestDecrypt(_Reading):
    """The contract, and what is no message for the hub."""

    name = "ags100_99003002000000.xml.pgp"

    def step(self) -> PgpDecrypt:
        return DECRYPT


class TestVerify(_Reading):
    """The contract, and what is not signed as it should be."""

    name = "ags100_99003002000000.xml.pgp"
    signed_only = True

    def step(self) -> PgpVerify:
        return VERIFY


def test_there_and_back(tmp_path: Path) -> None:
    (there,) = made(ENCRYPT, CONTENT, "antrag.xml", tmp_path)
    assert there.name == "antrag.xml.pgp"
    assert CONTENT not in there.path.read_bytes()
    (back,) = made(DECRYPT, there.path.read_bytes(), there.name, tmp_path)
    assert (back.name, back.path.read_bytes()) == ("antrag.xml", CONTENT)
    signer = pysequoia.Cert.from_bytes(pair("dienst")[1].key.encode()).fingerprint
    assert back.facts["signed_by"] == signer


def test_who_must_sign(tmp_path: Path) -> None:
    unsigned = PgpEncrypt(encrypt_for=["open-pgp-key/hub.public"], encrypt_armoured=True)
    (there,) = made(unsigned, CONTENT, "antrag.xml", tmp_path)
    assert there.name == "antrag.xml.asc"
    with pytest.raises(DocumentInvalid, match="no good signature of an accepted key"):
        made(DECRYPT, there.path.read_bytes(), there.name, tmp_path)
    trusting = PgpDecrypt(decrypt_key="open-pgp-key/hub")
    (back,) = made(trusting, there.path.read_bytes(), there.name, tmp_path)
    assert (back.path.read_bytes(), "signed_by" in back.facts) == (CONTENT, False)


def test_a_signature_beside_the_document(tmp_path: Path) -> None:
    pair_ = made(PgpSign(sign_key="open-pgp-key/dienst"), CONTENT, "antrag.xml", tmp_path)
    assert [one.name for one in pair_] == ["antrag.xml", "antrag.xml.sig"]
    bench = Workbench(tmp_path / "verify", Keys())
    bench.directory.mkdir()
    (verified,) = VERIFY.apply_all(pair_, bench)
    assert (verified.name, verified.path.read_bytes()) == ("antrag.xml", CONTENT)
    assert verified.facts["signed_by"]
    pair_[0].path.write_bytes(CONTENT + b" ")
    with pytest.raises(DocumentInvalid, match="no good signature"):
        VERIFY.apply_all(pair_, bench.part(1))


def test_a_message_that_unpacks_without_bound(tmp_path: Path) -> None:
    content = bytes(30 << 20)
    program = shutil.which("gpg")
    if program is None:
        pytest.skip("GnuPG, which compresses messages, is not installed (apt install gnupg)")
    bomb = gpg(tmp_path, content, "--compress-algo", "zlib", "--encrypt", "--recipient", "hub")
    assert len(bomb) < 1 << 20
    small = PgpDecrypt(decrypt_key="open-pgp-key/hub", decrypt_mib=20)
    with pytest.raises(DocumentInvalid, match="more than 20 MiB"):
        made(small, bomb, "antrag.xml.gpg", tmp_path)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (PgpEncrypt(encrypt_for=["open-pgp-key/expired.public"]), "has expired"),
        (PgpEncrypt(encrypt_for=["open-pgp-key/broken"]), "holds no OpenPGP key"),
        (PgpSign(sign_key="open-pgp-key/hub.public"), "has no secret part"),
        (PgpSign(sign_key="open-pgp-key/expired"), "has expired"),
    ],
)
def test_bad_keys_are_errors_of_the_set_up(tmp_path: Path, step: Step, told: str) -> None:
    with pytest.raises(DefinitionWrong, match=told):
        made(step, CONTENT, "antrag.xml", tmp_path)


def gpg(folder: Path, content: bytes, *arguments: str) -> bytes:
    """Let GnuPG work on content, with the hub's keys and those of the online service."""
    home = folder / "gnupg"
    options = ["gpg", "--homedir", str(home), "--batch", "--yes", "--trust-model", "always"]
    if not home.exists():
        home.mkdir(mode=0o700)
        for name in ("hub", "dienst"):
            key = pair(name)[0].key.encode()
            subprocess.run([*options, "--import"], input=key, check=True, capture_output=True)
    command = [*options, *arguments]
    try:
        return subprocess.run(command, input=content, check=True, capture_output=True).stdout
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)


def test_gnupg_reads_ours_and_we_read_its(tmp_path: Path) -> None:
    if not shutil.which("gpg"):
        pytest.skip("GnuPG is not installed (apt install gnupg)")
    unlocked = ("--passphrase", "", "--pinentry-mode", "loopback")
    gpg(tmp_path, b"", *unlocked, "--quick-generate-key", "amt", "rsa3072", "encrypt", "never")
    theirs_public = OpenPgpKey(gpg(tmp_path, b"", "--armor", "--export", "amt").decode())
    bench = Workbench(tmp_path / "ours", Lent(theirs_public))
    bench.directory.mkdir()
    step = PgpEncrypt(encrypt_for=["open-pgp-key/amt"])
    (ours,) = step.apply(stored(tmp_path, CONTENT, "antrag.xml"), bench)
    assert gpg(tmp_path, ours.path.read_bytes(), *unlocked, "--decrypt") == CONTENT
    sealed = ("--encrypt", "--sign", "--local-user", "dienst", "--recipient", "hub")
    theirs = gpg(tmp_path, CONTENT, *sealed, "--compress-algo", "none")
    (back,) = made(DECRYPT, theirs, "antrag.xml.gpg", tmp_path)
    assert (back.name, back.path.read_bytes()) == ("antrag.xml", CONTENT)
    with pytest.raises(DocumentInvalid, match="within a compressed part"):
        made(DECRYPT, gpg(tmp_path, CONTENT, *sealed), "antrag.xml.gpg", tmp_path)
