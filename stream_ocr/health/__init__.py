"""Health and metrics over HTTP: `/health/live`, `/health/ready`, `/metrics`.

An event sink keeps what was said last (`snapshot`), pure functions judge it (`verdicts`) or turn it into metrics
(`figures`), and a small server answers in threads of its own (`server`), so that nobody who asks holds up the run.
"""

from stream_ocr.health.service import Health

__all__ = ["Health"]
