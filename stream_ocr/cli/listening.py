"""Printing what a running instance publishes."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import typer
from rich.console import Console

from stream_ocr.api import receive
from stream_ocr.cli.speech import warn
from stream_ocr.errors import ConfigError, WireError
from stream_ocr.hearing import Known, event_of
from stream_ocr.sinks.console import describe
from stream_ocr.transport import Context, Security, Subscriber, credentials

__all__ = ["Instance", "follow", "take"]

_GLANCE = 0.2
"""Seconds of one wait, so that Ctrl-C is never waited for."""


@dataclass(frozen=True)
class Instance:
    """A running instance: where it publishes, and with which key files it can be listened to."""

    endpoint: str
    key: str | None = None
    """Our secret one."""
    server: str | None = None
    """Its public one."""


def follow(
    instance: Instance, topics: Sequence[str], *, as_json: bool, count: int | None, timeout: float | None
) -> None:
    """Prints messages until there were `count`, or for `timeout` seconds none; None: without end.

    Raises ConfigError (not an endpoint, or a key file), WireError (silence, or what comes is not ours).
    """
    endpoint = instance.endpoint
    if not endpoint.startswith(("tcp://", "ipc://")):
        raise ConfigError(f"{endpoint}: expected an endpoint, tcp://HOST:PORT or ipc://PATH")
    security = credentials(endpoint, instance.key, instance.server)
    console = Console(highlight=False)
    known = Known()
    printed = 0
    for topic, content in _messages(endpoint, topics, timeout, security):
        event = event_of(endpoint, content) if topic.startswith("event/") else None
        if event is not None and not known.is_news(event):
            continue
        if as_json:
            typer.echo(content)
        elif event is not None:
            console.print(describe(event, width=len(event.source)), soft_wrap=True)
        else:
            console.print(f"{topic}  {content.decode(errors='replace')}", markup=False, soft_wrap=True)
        printed += 1
        if printed == count:
            return


def take(instance: Instance, *, as_json: bool, count: int | None, timeout: float | None) -> None:
    """Prints and acknowledges events until there were `count`, or for `timeout` seconds none; None: without end.

    Raises ConfigError (not an endpoint, or a key file), WireError (silence, or what comes is not ours).
    """
    console = Console(highlight=False)
    printed = 0
    for event in receive(instance.endpoint, count=count, timeout=timeout, key=instance.key, server=instance.server):
        if as_json:
            typer.echo(msgspec.json.encode(event))
        else:
            console.print(describe(event, width=len(event.source)), soft_wrap=True)
        # It is acknowledged when the next one is asked for: then it has to be out.
        sys.stdout.flush()
        printed += 1
    if printed != count:
        raise WireError(f"{instance.endpoint}: nothing came for {timeout:g} s")


def _messages(
    endpoint: str, topics: Sequence[str], timeout: float | None, security: Security
) -> Iterator[tuple[str, bytes]]:
    """Topic and first part of each message. Raises WireError after `timeout` seconds without one."""
    with Context(security) as context, Subscriber(context, endpoint, topics) as subscriber:
        heard = time.monotonic()
        warned = False
        while True:
            message = subscriber.receive(_GLANCE if timeout is None else min(_GLANCE, timeout))
            if message is not None and message[1]:
                heard = time.monotonic()
                yield message[0], message[1][0]
            elif timeout is not None and time.monotonic() - heard >= timeout:
                raise WireError(f"{endpoint}: nothing came for {timeout:g} s")
            elif subscriber.refused and not warned:
                warned = True
                warn(f"{endpoint}: {_advice(security)}")


def _advice(security: Security) -> str:
    if security.own is None:
        return "does not let us in; it may want keys (--key and --server)"
    return "does not let us in; is --server its public key, and ours among those of its clients?"
