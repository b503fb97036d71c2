"""Every setting there is. Environment variables (or `.env`) are named HERO_<FIELD> unless `alias` says otherwise.

`.env.example` is written from this class (`hero settings example`) and a test holds the two together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="HERO_",
        env_file=".env",
        extra="ignore",
        populate_by_name=True,
        # A variable set to nothing, as `.env.example` has them, means its default.
        env_ignore_empty=True,
    )

    # -- where and how
    environment: Literal["development", "production"] = Field(
        "development", description="production refuses development tokens and local defaults"
    )
    stack: Literal["embedded", "kafka"] = Field(
        "embedded", description="embedded: everything in HERO_DATA; kafka: the servers named below"
    )
    data: Path = Field(
        Path(".hero"), alias="HERO_DATA", description="folder that holds everything the embedded platform keeps"
    )
    host: str = Field("127.0.0.1", description="address the API listens on")
    port: int = Field(8000, alias="PORT", ge=1, le=65535, description="TCP port the API listens on")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="least level written to the logs"
    )
    # -- database
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL conninfo or URL; empty: the embedded server in HERO_DATA"
    )
    database_pool: PositiveInt = Field(8, description="connections per process")
    postgres_user: str = Field("nobody", description="account that runs the embedded PostgreSQL when started as root")
    # -- event log and delivery
    log_sync: Literal["full", "normal"] = Field(
        "full", description="full: durable through a power cut; normal: through kill -9 only"
    )
    session_timeout_s: PositiveFloat = Field(
        10.0, description="seconds without a heartbeat after which a worker's partitions go to others"
    )
    chunk_records: PositiveInt = Field(500, description="records handed to an agent at once, at most")
    maintenance_interval_s: PositiveFloat = Field(
        60.0, description="seconds between retention and compaction runs of the embedded log"
    )
    # -- servers of HERO_STACK=kafka
    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka brokers to begin with, comma-separated host:port")
    kafka_replication: PositiveInt | None = Field(
        None, description="copies of each topic made here; empty: the brokers' default"
    )
    connect_url: str = Field("http://127.0.0.1:8083", description="Kafka Connect, where Debezium runs")
    connect_database_url: SecretStr | None = Field(
        None, description="the database as Kafka Connect reaches it; empty: HERO_DATABASE_URL"
    )
    registry_url: str = Field("http://127.0.0.1:8081", description="schema registry with Confluent's API")
    elasticsearch_url: str = Field("http://127.0.0.1:9200", description="Elasticsearch, comma-separated URLs")
    elasticsearch_api_key: SecretStr | None = Field(None, description="API key for Elasticsearch; empty: none")
    redis_url: SecretStr | None = Field(None, description="Redis; empty: PostgreSQL does what Redis would")
    slot_alarm_bytes: PositiveInt = Field(
        268_435_456, description="write-ahead log kept for change capture beyond which health says degraded"
    )
    # -- moderation
    moderation: Literal["local", "openai"] = Field("local", description="provider of verdicts")
    moderation_timeout_s: PositiveFloat = Field(15.0, description="seconds one call to a remote provider may take")
    moderation_daily_calls: PositiveInt = Field(
        5000, description="remote judgements a day; beyond it items wait for review"
    )
    moderation_daily_micro_usd: PositiveInt = Field(
        5_000_000, description="what remote judgements may cost a day, in millionths of a US dollar"
    )
    openai_api_key: SecretStr | None = Field(
        None, alias="OPENAI_API_KEY", description="needed for HERO_MODERATION=openai"
    )
    openai_base_url: str = Field(
        "https://api.openai.com/v1", alias="OPENAI_BASE_URL", description="endpoint that speaks OpenAI's protocol"
    )
    openai_model: str = Field("gpt-4o-mini", description="model for the structured judgement")
    # -- search
    search_gone_retention_s: PositiveFloat = Field(
        604_800.0, description="seconds the index remembers what is gone, so that late writes do not revive it"
    )
    # -- HTTP edge
    token_ttl_s: PositiveInt = Field(3600, description="seconds an access token is good for")
    read_rate: PositiveFloat = Field(100.0, description="reads per second and address")
    write_rate: PositiveFloat = Field(100.0, description="writes per second and token")
    rate_burst: PositiveInt = Field(1000, description="requests that may come at once before a rate applies")
    upload_bytes: PositiveInt = Field(10_000_000, description="bytes one uploaded image may have")
    upload_pixels: PositiveInt = Field(25_000_000, description="pixels one uploaded image may have")
    body_bytes: PositiveInt = Field(1_000_000, description="bytes any other request body may have")

    @model_validator(mode="after")
    def _is_complete(self) -> Settings:
        if self.moderation == "openai" and not self.openai_api_key:
            raise ValueError("HERO_MODERATION=openai needs OPENAI_API_KEY")
        if self.stack == "kafka" and not self.database_url:
            raise ValueError("HERO_STACK=kafka needs HERO_DATABASE_URL: a PostgreSQL server with wal_level=logical")
        return self

    @property
    def folder(self) -> Path:
        """HERO_DATA as an absolute path."""
        return self.data.expanduser().absolute()


def env_name(field: str) -> str:
    """The environment variable that sets `field`."""
    return Settings.model_fields[field].alias or f"HERO_{field.upper()}"


def env_example() -> str:
    """The text of `.env.example`: every variable with its meaning, unit and default."""
    lines = ["# Every variable HeroFactory reads, with its default. Copy to .env and change what you need."]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else field.default
        lines += ["", f"# {field.description}", f"{env_name(name)}={default}"]
    return "\n".join(lines) + "\n"
