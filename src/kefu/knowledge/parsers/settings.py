"""How much one file may cost."""

from pydantic import BaseModel, Field


class ParserSettings(BaseModel):
    """Limits of reading files. A file is read in a process of its own, which is stopped when it goes over one."""

    max_file_mib: int = Field(default=50, ge=1, le=1_024, description="MiB of one file.")
    seconds: float = Field(default=30.0, gt=0, le=3_600, description="Seconds that reading one file may take.")
    memory_mib: int = Field(default=1_024, ge=128, description="MiB of memory that reading one file may take.")
    max_pages: int = Field(default=1_000, ge=1, description="Pages of one PDF.")
    max_text_mib: int = Field(default=64, ge=1, le=1_024, description="MiB of text that one file may give.")
    max_unpacked_mib: int = Field(
        default=256, ge=1, description="MiB that a DOCX or XLSX file, which is an archive, may unpack to."
    )
    max_ratio: int = Field(
        default=200, ge=10, description="How many times its packed size a large part of such a file may have unpacked."
    )
    max_entries: int = Field(default=10_000, ge=1, description="Parts that such a file may consist of.")
    ocr_seconds: float = Field(
        default=300.0, gt=0, le=3_600, description="Seconds for a file whose pages or image must be recognised (OCR)."
    )
    ocr_memory_mib: int = Field(default=4_096, ge=512, description="MiB of memory for the same.")
    files_per_process: int = Field(default=200, ge=1, description="Files after which the reading process is replaced.")
