"""Every setting there is. Environment variables (or `.env`) are named HERO_<FIELD> unless `alias` says otherwise.

`.env.example` is written from this class (`hero settings example`) and a test holds the two together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="HERO_",
        env_file=".env",
        extra="ignore",
        populate_by_name=True,
        # A variable set to nothing, as `.env.example` has them, means its default.
        env_ignore_empty=True,
        # An error must not quote what was given: secrets are among it.
        hide_input_in_errors=True,
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
    access_log: str | None = Field(
        None, description="file of one line per request; off: none; empty: logs/access.log in HERO_DATA"
    )
    access_log_bytes: PositiveInt = Field(67_108_864, description="bytes of that file before the next one is begun")
    access_log_files: int = Field(8, ge=2, description="such files kept, the one being written included")
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
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how Kafka is reached; SSL: encrypted, SASL: with a user"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="how the user proves itself to Kafka; needed for SASL_PLAINTEXT and SASL_SSL"
    )
    kafka_sasl_username: str | None = Field(None, description="user of Kafka; needed for SASL")
    kafka_sasl_password: SecretStr | None = Field(None, description="password of that user; needed for SASL")
    ca_file: Path | None = Field(
        None,
        description="PEM file of the authorities that the servers below and Kafka are trusted by; empty: the system's",
    )
    connect_url: SecretStr = Field(
        SecretStr("http://127.0.0.1:8083"),
        description="Kafka Connect, where Debezium runs; https://user:password@host where it asks for them",
    )
    connect_database_url: SecretStr | None = Field(
        None, description="the database as Kafka Connect reaches it; empty: HERO_DATABASE_URL"
    )
    registry_url: SecretStr = Field(
        SecretStr("http://127.0.0.1:8081"),
        description="schema registry with Confluent's API; https://user:password@host where it asks for them",
    )
    elasticsearch_url: SecretStr = Field(
        SecretStr("http://127.0.0.1:9200"),
        description="Elasticsearch, comma-separated URLs, with user:password@ or HERO_ELASTICSEARCH_API_KEY",
    )
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
    asset_url_ttl_s: PositiveInt = Field(300, description="seconds a signed link to an image is good for")
    upload_bytes: PositiveInt = Field(10_000_000, description="bytes one uploaded image may have")
    upload_pixels: PositiveInt = Field(25_000_000, description="pixels one uploaded image may have")
    body_bytes: PositiveInt = Field(1_000_000, description="bytes any other request body may have")
    # -- images
    asset_store: str | None = Field(
        None,
        pattern=r"^s3://[a-z0-9][a-z0-9.-]+(/[\w.-]+)*/?$",
        description="where images lie: s3://BUCKET or s3://BUCKET/PREFIX; empty: HERO_DATA/assets",
    )
    s3_endpoint: str | None = Field(
        None, pattern=r"^https?://[^/@]+/?$", description="server that speaks S3, https://host[:port]; empty: Amazon's"
    )
    s3_access_key: SecretStr | None = Field(None, description="key id of S3; needed for HERO_ASSET_STORE=s3://...")
    s3_secret_key: SecretStr | None = Field(None, description="secret key of S3; needed for HERO_ASSET_STORE=s3://...")
    s3_region: str | None = Field(None, description="region of the bucket; empty: the server is asked")
    # -- data quality
    quality_interval_s: NonNegativeFloat = Field(
        3600.0, description="seconds between two runs of all expectations of topics and tables; 0: none"
    )
    # -- studio
    prompts: Literal["local", "gemini"] = Field(
        "local", description="provider of prompts; local: the game glossary, which also stands in for the other"
    )
    prompts_timeout_s: PositiveFloat = Field(20.0, description="seconds one call to a remote provider may take")
    prompts_daily_calls: PositiveInt = Field(2000, description="remote prompts a day; beyond it the glossary does it")
    prompts_daily_micro_usd: PositiveInt = Field(
        1_000_000, description="what remote prompts may cost a day, in millionths of a US dollar"
    )
    prompts_embedder: Literal["local", "gemini", "openai"] = Field(
        "local", description="what finds similar prompts; local needs no network"
    )
    gemini_api_key: SecretStr | None = Field(
        None, alias="GEMINI_API_KEY", description="needed for HERO_PROMPTS=gemini and HERO_PROMPTS_EMBEDDER=gemini"
    )
    gemini_model: str = Field("gemini-2.5-flash", description="model that makes prompts")
    gemini_base_url: str | None = Field(None, description="endpoint that speaks Gemini's protocol; empty: Google's own")
    comfyui_url: SecretStr | None = Field(
        None,
        alias="COMFYUI_URL",
        description="ComfyUI servers that make the pictures, comma-separated; empty: previews, made on this CPU",
    )
    generation_queue: PositiveInt = Field(20, description="jobs of one user that have not ended, at most")
    generation_deadline_s: PositiveFloat = Field(
        900.0, description="seconds after which a job without a result expires"
    )
    bridge_lease_s: float = Field(
        15.0, ge=3, description="seconds without a sign of its bridge after which another one takes a job over"
    )
    # -- observations on their way to the event log
    spool_records: PositiveInt = Field(10_000, description="observations held in memory, at most")
    spool_bytes: PositiveInt = Field(16_000_000, description="bytes of memory they may take")
    spool_disk_bytes: PositiveInt = Field(
        268_435_456, description="bytes of HERO_DATA/spool that each process may fill while the event log is down"
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Settings:
        if self.moderation == "openai" and not self.openai_api_key:
            raise ValueError("HERO_MODERATION=openai needs OPENAI_API_KEY")
        if "gemini" in (self.prompts, self.prompts_embedder) and not self.gemini_api_key:
            raise ValueError("HERO_PROMPTS=gemini and HERO_PROMPTS_EMBEDDER=gemini need GEMINI_API_KEY")
        if self.prompts_embedder == "openai" and not self.openai_api_key:
            raise ValueError("HERO_PROMPTS_EMBEDDER=openai needs OPENAI_API_KEY")
        if self.stack == "kafka" and not self.database_url:
            raise ValueError("HERO_STACK=kafka needs HERO_DATABASE_URL: a PostgreSQL server with wal_level=logical")
        if self.asset_store and not (self.s3_access_key and self.s3_secret_key):
            raise ValueError("HERO_ASSET_STORE=s3://... needs HERO_S3_ACCESS_KEY and HERO_S3_SECRET_KEY")
        self._check_access()
        return self

    def _check_access(self) -> None:
        protocol = f"HERO_KAFKA_SECURITY_PROTOCOL={self.kafka_security_protocol}"
        sasl = {
            "HERO_KAFKA_SASL_MECHANISM": self.kafka_sasl_mechanism,
            "HERO_KAFKA_SASL_USERNAME": self.kafka_sasl_username,
            "HERO_KAFKA_SASL_PASSWORD": self.kafka_sasl_password,
        }
        is_sasl = self.kafka_security_protocol.startswith("SASL")
        for name, value in sasl.items():
            if is_sasl and not value:
                raise ValueError(f"{protocol} needs {name}")
            if value and not is_sasl:
                raise ValueError(f"{name} is given, but {protocol} knows no users: choose SASL_SSL or SASL_PLAINTEXT")
        if self.ca_file and not self.ca_file.is_file():
            raise ValueError(f"HERO_CA_FILE={self.ca_file} is not a file")
        if self.elasticsearch_api_key and "@" in self.elasticsearch_url.get_secret_value():
            raise ValueError(
                "HERO_ELASTICSEARCH_URL has a user and HERO_ELASTICSEARCH_API_KEY is given: keep one of them"
            )

    @property
    def folder(self) -> Path:
        """HERO_DATA as an absolute path."""
        return self.data.expanduser().absolute()

    @property
    def access_log_file(self) -> Path | None:
        """None where no access log is kept."""
        if self.access_log == "off":
            return None
        return Path(self.access_log).expanduser().absolute() if self.access_log else self.folder / "logs" / "access.log"


def env_name(field: str) -> str:
    """The environment variable that sets `field`."""
    return Settings.model_fields[field].alias or f"HERO_{field.upper()}"


def env_example() -> str:
    """The text of `.env.example`: every variable with its meaning, unit and default."""
    lines = ["# Every variable HeroFactory reads, with its default. Copy to .env and change what you need."]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else field.default
        if isinstance(default, SecretStr):  # it may hold a password; its default holds none
            default = default.get_secret_value()
        lines += ["", f"# {field.description}", f"{env_name(name)}={default}"]
    return "\n".join(lines) + "\n"
