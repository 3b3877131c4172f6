"""Settings: frozen, typed, and the only reader of the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator decides; each from FAIRDIAL_<NAME> in the environment or a .env file."""

    model_config = SettingsConfigDict(
        env_prefix="FAIRDIAL_", env_file=".env", frozen=True, extra="ignore"
    )

    data: Path = Field(Path("var"), description="Where the embedded database and logs live.")
    database_url: str | None = Field(
        None, description="PostgreSQL (or SQLite) to use; by default a file in `data`."
    )
    account: str = Field("default", description="The account (tenant) of this installation.")
    region: str = Field("local", description="The `region` of published events.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0: any free one.")
    rules_file: Path | None = Field(None, description="Your own rules, added to the bundled ones.")
    eventbridge_bus: str | None = Field(None, description="Name or ARN of an EventBridge bus.")
    eventbridge_region: str = Field("us-east-1", description="AWS region of the bus.")
    eventbridge_endpoint_id: str | None = Field(
        None, description="Id of a global endpoint, such as abcde.veo."
    )
    eventbridge_endpoint: str | None = Field(None, description="Another endpoint, for tests.")
    webhook_networks: str = Field(
        "",
        description="Networks besides public addresses to which webhooks may connect, "
        "such as 10.1.0.0/16; separated by commas.",
    )
    secret_key: SecretStr | None = Field(
        None, description="Signs sessions; by default one is made and kept in the database."
    )
    evidence_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Seals the evidence; by default one is made and kept in the database, where "
        "whoever may change the evidence can read it.",
    )
    decisions_kept_days: int = Field(
        35, ge=1, le=3650, description="How long each second's pacing decision is kept."
    )
    deliveries_kept_days: int = Field(
        30, ge=1, le=3650, description="How long it is kept what became of a delivered event."
    )
    log_json: bool = Field(False, description="Logs as JSON lines.")

    @property
    def url(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data / 'fairdial.db'}"
