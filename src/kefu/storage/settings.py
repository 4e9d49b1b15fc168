"""Where data lives."""

from pathlib import Path

from pydantic import BaseModel, Field


class StorageSettings(BaseModel):
    """Zero configuration is SQLite and memory; the grown-up set-up is chosen by URL."""

    data_dir: Path = Field(default=Path("data"), description="Folder of the embedded database, vectors and keys.")
    intents_dir: Path | None = Field(
        default=None,
        description="Folder of classifiers that were trained from flows' examples alone, which a later start reads; empty: "
        "`intents` in the data folder.",
    )
    database_url: str = Field(
        default="", description="postgresql://… or sqlite:///…; empty means SQLite in the data folder."
    )
    redis_url: str = Field(default="", description="redis://…: events, locks and limits across several workers.")
    chroma_url: str = Field(default="", description="http://host:port of a Chroma server; empty means embedded.")

    @property
    def sqlalchemy_url(self) -> str:
        """The URL with an asynchronous driver, which SQLite does without (sqlite.py)."""
        url = self.database_url or f"sqlite:///{self.data_dir / 'kefu.sqlite3'}"
        return url.replace("postgres://", "postgresql://", 1).replace("postgresql://", "postgresql+asyncpg://", 1)
