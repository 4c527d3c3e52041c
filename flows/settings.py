"""What differs between installations, read from the environment (`GOVMANAGER_…`)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one hub; every worker and the command line read the same ones."""

    model_config = SettingsConfigDict(env_prefix="GOVMANAGER_")

    home: Path = Field(
        default=Path.home() / ".govmanager",
        description="Directory of the execution folders and of the SQLite ledger.",
    )
    ledger_url: SecretStr = Field(
        default=SecretStr(""),
        description="SQLAlchemy URL such as postgresql+psycopg://user@host/name; "
        "empty: SQLite in the home directory.",
    )
    resources: Path = Field(
        default=Path("resources"),
        description="Directory of the operator's own files that steps read: stylesheets, "
        "templates, schemas, rule packs. The same on every worker.",
    )
    work_pool: str = Field(
        default="govmanager", description="Work pool that deployments are applied to."
    )

    @property
    def ledger(self) -> str:
        """URL of the ledger; holds a password where the setting does, so never print it."""
        return self.ledger_url.get_secret_value() or f"sqlite:///{self.home / 'ledger.sqlite'}"
