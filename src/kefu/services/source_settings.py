"""What sources may read of this server, and how much may be sent."""

from pathlib import Path

from pydantic import BaseModel, Field


class SourceSettings(BaseModel):
    """Limits of sources and of files that are sent."""

    folders: str = Field(
        default="", description="Folders of the server that sources may read, comma-separated. Empty: none."
    )
    max_upload_mib: int = Field(default=20, ge=1, le=1_024, description="MiB of one file that is sent over HTTP.")

    @property
    def folder_paths(self) -> tuple[Path, ...]:
        return tuple(Path(part.strip()) for part in self.folders.split(",") if part.strip())
