"""The structured log, JSON lines. Nothing of a body, a query value or a key is ever written."""

import logging
import os
import sys
from functools import lru_cache
from logging.handlers import TimedRotatingFileHandler
from typing import TextIO

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from chalicelib.kit.clock import iso
from chalicelib.kit.jsontext import pack

SERVICE = "meterlake"

LOG = "METERLAKE_LOG"
"""Environment variable that names a file for the log; without it the log goes to standard
output."""


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The one structured logger, JSON lines."""
    path = os.environ.get(LOG)
    formatter = _Formatter(service=SERVICE)
    return Logger(
        service=SERVICE,
        logger_handler=_file_handler(path) if path else _Stream(),
        logger_formatter=formatter,
    )


def keep_output_clean() -> None:
    """Send the log to standard error from now on, unless it goes to a file: for commands, whose
    answer stands on standard output."""
    _Stream.is_error = True


class _Stream(logging.StreamHandler[TextIO]):
    """Standard output, or standard error: whichever it is when a line is written."""

    is_error = False

    @property
    def stream(self) -> TextIO:
        """Where lines go."""
        return sys.stderr if _Stream.is_error else sys.stdout

    @stream.setter
    def stream(self, stream: TextIO) -> None:
        """What the base class chooses does not count."""


class _Formatter(LambdaPowertoolsFormatter):
    """Access lines skip the general machinery: it would cost a tenth of the whole request."""

    def format(self, record: logging.LogRecord) -> str:
        """A JSON line."""
        access = getattr(record, "access", None)
        if access is None:
            return super().format(record)
        head = {
            "level": record.levelname,
            "message": "request",
            "timestamp": iso(int(record.created * 1_000)),
        }
        return pack(head | {"service": SERVICE} | access)


def _file_handler(path: str) -> logging.Handler:
    # By time, not by size: a size limit formats every line twice to know its length.
    return TimedRotatingFileHandler(path, when="midnight", backupCount=7, utc=True)
