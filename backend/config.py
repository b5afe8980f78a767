"""Settings of a process: URLs, paths, limits. From the environment, prefix `STAL_`; see `.env.example`."""

import sys
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read once, where a program starts, and passed down. An unknown `STAL_` variable in `.env` is an error."""

    model_config = SettingsConfigDict(
        env_prefix="STAL_",
        env_file=".env",
        dotenv_filtering="match_prefix",  # the file also holds secrets for docker-compose.yml
        extra="forbid",
        frozen=True,
    )

    data_dir: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        default=Path(".stal"), description="folder of an embedded installation: database, blobs, logs"
    )
    database_url: str = Field(default="", description="empty: SQLite in the data folder")
    broker_url: str = Field(default="", description="Redis or Valkey; `stal up` starts its own where empty")
    storage_url: str = Field(default="", description="s3://, gs://, az:// or file://; empty: blobs in the data folder")
    storage_options: dict[str, str] = Field(default_factory=dict, description="JSON; passed to the object store")
    backup_options: dict[str, str] = Field(
        default_factory=dict, description="JSON; of the object store of `stal backup`; empty: as STAL_STORAGE_OPTIONS"
    )
    frontend_dir: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        default=Path(__file__).parent.parent / "frontend" / "dist", description="the built browser app"
    )
    public_url: str = Field(default="", description="address people use; for sign-in links")
    secure_cookies: bool = Field(default=False, description="true behind https")
    admin_email: str = Field(default="admin@localhost", description="the first admin")
    admin_password: SecretStr | None = Field(default=None, description="of the first admin; none: sign-in links only")

    session_hours: int = Field(default=24 * 14, description="h; a browser session's life")
    sign_in_link_minutes: int = Field(default=60, description="min; a one-time link's life")
    lease_seconds: int = Field(default=600, description="s; a packet comes back if its tab is silent for so long")
    max_upload_bytes: int = Field(default=64 * 1024 * 1024, description="bytes of one uploaded file")
    max_image_pixels: int = Field(default=64_000_000, description="pixels of one image; more is refused as a bomb")
    import_root: Path | None = Field(default=None, description="server-side imports must lie below it; none: anywhere")

    segment_seconds: float = Field(default=15.0, description="s; training saves a snapshot and yields after so long")
    heartbeat_seconds: float = Field(default=2.0, description="s between heartbeats, and looks for a cancel")
    orphan_seconds: float = Field(default=20.0, description="s without heartbeat, after which a job is taken over")
    hung_seconds: float = Field(
        default=30.0, gt=0, description="s without an answer, after which the process at work is killed"
    )
    stalled_seconds: float = Field(
        default=1800.0, gt=0, description="s without progress of a job, after which the process at work is killed"
    )
    cancel_grace_seconds: float = Field(default=5.0, description="s; then the process at work is killed")
    event_poll_seconds: float = Field(default=0.5, description="s between looks of the event stream at the database")
    event_retention_hours: int = Field(default=24, description="h; older events are deleted")
    worker_threads: int = Field(default=0, description="CPU threads of torch; 0: all cores")
    weights: Path | None = Field(default=None, description="folder of ImageNet weights; see docs/networks.md")
    decoded_gigabytes: float = Field(default=20.0, description="GB of decoded images kept in the data folder")
    device: str = Field(default="auto", description="auto, cpu, cuda or cuda:N")
    ranks: int = Field(default=0, ge=0, description="processes that share a training; 0: one for each GPU")

    @property
    def database(self) -> str:
        """The SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'stal.db'}"

    @property
    def storage(self) -> str:
        """The object-store URL."""
        return self.storage_url or (self.data_dir / "blobs").as_uri()


def wrong_settings(error: ValidationError) -> str:
    """Which settings are wrong and how, in a sentence."""
    wrong = "; ".join(f"STAL_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors())
    return f"a setting in the environment or in .env is wrong. {wrong} (see .env.example)"


def read_settings() -> Settings:
    """The settings of a program that cannot start without them: it ends with a sentence where one is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        sys.exit(f"stal: {wrong_settings(error)}")
