"""Ready-made misbehaviour, by name: what a test of a client goes through one after another.

Each entry says what a client must make of it, so that one parametrised test can hold a client to all of them.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass

from fakes.steps import (
    Again,
    Flood,
    HalfClose,
    Pause,
    ReadHead,
    ReadSome,
    Reset,
    Script,
    Send,
    Stall,
    Step,
)

OK = b"HTTP/1.1 200 OK\r\n"
EMPTY_OK = OK + b"Content-Length: 0\r\n\r\n"
CHUNKED_OK = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@dataclass(frozen=True)
class Misbehaviour:
    """What a server does, and what a client must make of it.

    Attributes:
        script: the steps of each connection.
        slugs: the failures (see `_native.Failure.slug`) that are right; empty: the client must succeed.
        body: what it must have read when it succeeds.
        needs_timeout: it never ends by itself; the client must have a timeout, and use it.
    """

    script: Script
    slugs: frozenset[str] = frozenset()
    body: bytes = b""
    needs_timeout: bool = False


def _fails(*script: Step, slugs: str) -> Misbehaviour:
    return Misbehaviour(list(script), frozenset(slugs.split()))


def _stalls(*script: Step) -> Misbehaviour:
    return Misbehaviour([*script, Stall()], frozenset({"read-timeout", "total-timeout"}), needs_timeout=True)


def _succeeds(*script: Step, body: bytes) -> Misbehaviour:
    return Misbehaviour(list(script), body=body)


def _answers(payload: bytes) -> tuple[Step, ...]:
    return ReadHead(), Send(payload), Stall()


def _closes(payload: bytes) -> tuple[Step, ...]:
    return ReadHead(), Send(payload)


STALLS = {
    "stalls-before-the-answer": _stalls(ReadHead()),
    "stalls-in-the-status-line": _stalls(ReadHead(), Send(b"HTTP/1.1 2")),
    "stalls-in-a-header": _stalls(ReadHead(), Send(OK + b"Content-Le")),
    "stalls-in-the-body": _stalls(ReadHead(), Send(OK + b"Content-Length: 10\r\n\r\n12345")),
    "stalls-in-a-chunk": _stalls(ReadHead(), Send(CHUNKED_OK + b"a\r\n12345")),
    "stalls-before-a-chunk": _stalls(ReadHead(), Send(CHUNKED_OK + b"5\r\n12345\r\n")),
    "stalls-in-the-trailer": _stalls(ReadHead(), Send(CHUNKED_OK + b"0\r\nX: y")),
    "continues-for-ever": Misbehaviour(
        [ReadHead(), Flood(b"HTTP/1.1 100 Continue\r\n\r\n")],
        frozenset({"protocol", "header-overflow", "total-timeout"}),
        needs_timeout=True,
    ),
}

ENDINGS = {
    "resets-at-once": _fails(Reset(), slugs="reset closed"),
    "resets-after-the-request": _fails(ReadHead(), Reset(), slugs="reset"),
    "resets-in-the-head": _fails(ReadHead(), Send(OK + b"Content-Le"), Pause(0.02), Reset(), slugs="reset"),
    "resets-in-the-body": _fails(
        ReadHead(), Send(OK + b"Content-Length: 10\r\n\r\n12345"), Pause(0.02), Reset(), slugs="reset"
    ),
    "closes-without-an-answer": _fails(ReadHead(), slugs="closed"),
    "half-closes-without-an-answer": _fails(ReadHead(), HalfClose(), slugs="closed"),
    "half-closes-at-once": _fails(HalfClose(), slugs="closed reset"),
    "closes-in-the-status-line": _fails(*_closes(b"HTTP/1.1 2"), slugs="truncated closed"),
    "closes-in-the-head": _fails(*_closes(OK + b"Content-Type: text"), slugs="truncated"),
    "closes-in-the-body": _fails(*_closes(OK + b"Content-Length: 10\r\n\r\n12345"), slugs="truncated"),
    "half-closes-in-the-body": _fails(
        ReadHead(), Send(OK + b"Content-Length: 10\r\n\r\n12345"), HalfClose(), slugs="truncated"
    ),
    "closes-in-a-chunk": _fails(*_closes(CHUNKED_OK + b"a\r\n12345"), slugs="truncated"),
    "closes-before-the-last-chunk": _fails(*_closes(CHUNKED_OK + b"5\r\n12345\r\n"), slugs="truncated"),
}

NONSENSE = {
    "no-http": _fails(*_answers(b"220 mail.example.org ESMTP\r\n\r\n"), slugs="protocol"),
    "binary-noise": _fails(*_answers(bytes(range(256)) * 8), slugs="protocol"),
    "status-of-letters": _fails(*_answers(b"HTTP/1.1 abc OK\r\n\r\n"), slugs="protocol"),
    "unknown-version": _fails(*_answers(b"HTTP/9.7 200 OK\r\nContent-Length: 0\r\n\r\n"), slugs="protocol"),
    "header-without-a-colon": _fails(*_answers(OK + b"nonsense\r\nContent-Length: 0\r\n\r\n"), slugs="protocol"),
    "zero-byte-in-a-header": _fails(*_answers(OK + b"X: a\0b\r\nContent-Length: 0\r\n\r\n"), slugs="protocol"),
    "length-of-letters": _fails(*_answers(OK + b"Content-Length: ten\r\n\r\n"), slugs="protocol"),
    "negative-length": _fails(*_answers(OK + b"Content-Length: -1\r\n\r\n"), slugs="protocol"),
    "length-beyond-64-bits": _fails(
        *_answers(OK + b"Content-Length: 99999999999999999999999\r\n\r\n"), slugs="protocol"
    ),
    "two-lengths": _fails(*_answers(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), slugs="protocol"),
    "chunk-size-of-letters": _fails(*_answers(CHUNKED_OK + b"xyz\r\n"), slugs="protocol"),
    "negative-chunk-size": _fails(*_answers(CHUNKED_OK + b"-5\r\nhello\r\n0\r\n\r\n"), slugs="protocol"),
    "chunk-size-beyond-64-bits": _fails(*_answers(CHUNKED_OK + b"ffffffffffffffffff\r\n"), slugs="protocol"),
    "chunk-longer-than-its-size": _fails(*_answers(CHUNKED_OK + b"2\r\nhello\r\n0\r\n\r\n"), slugs="protocol"),
}

FLOODS = {
    "endless-status-line": _fails(ReadHead(), Send(b"HTTP/1.1 200 "), Flood(b"x"), slugs="header-overflow protocol"),
    "endless-header": _fails(ReadHead(), Send(OK + b"X: "), Flood(b"x"), slugs="header-overflow"),
    "endless-headers": _fails(ReadHead(), Send(OK), Flood(b"X: y\r\n"), slugs="header-overflow"),
    "endless-chunk-extension": _fails(
        ReadHead(), Send(CHUNKED_OK + b"5;"), Flood(b"x"), slugs="protocol header-overflow"
    ),
    "endless-chunk-size": _fails(ReadHead(), Send(CHUNKED_OK), Flood(b"0"), slugs="protocol header-overflow"),
    "endless-trailer": _fails(
        ReadHead(), Send(CHUNKED_OK + b"0\r\n"), Flood(b"X: y\r\n"), slugs="protocol header-overflow"
    ),
}

CODINGS = {
    "gzip-of-noise": _fails(
        *_answers(OK + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!"), slugs="decode"
    ),
    "gzip-cut-short": _fails(
        *_answers(
            OK + b"Content-Encoding: gzip\r\nContent-Length: 40\r\n\r\n" + gzip.compress(bytes(range(256)) * 4)[:40]
        ),
        slugs="decode",
    ),
    "deflate-of-noise": _fails(
        *_answers(OK + b"Content-Encoding: deflate\r\nContent-Length: 4\r\n\r\n\xff\xff\xff\xff"), slugs="decode"
    ),
}

ODD_BUT_GOOD = {
    "invalid-utf-8": _succeeds(
        *_answers(OK + b"Content-Type: text/html; charset=utf-8\r\nContent-Length: 4\r\n\r\n\xff\xfe\xc3("),
        body=b"\xff\xfe\xc3(",
    ),
    "unknown-charset": _succeeds(
        *_answers(OK + b"Content-Type: text/html; charset=klingon\r\nContent-Length: 2\r\n\r\nok"), body=b"ok"
    ),
    "invalid-utf-8-in-a-header": _succeeds(*_answers(OK + b"X: \xff\xfe\r\nContent-Length: 2\r\n\r\nok"), body=b"ok"),
    "byte-by-byte": _succeeds(
        ReadHead(),
        Send(CHUNKED_OK + b"5\r\nhello\r\n0\r\n\r\n", piece_bytes=1, pause_seconds=0.001),
        Stall(),
        body=b"hello",
    ),
    "body-until-the-end": _succeeds(*_closes(OK + b"\r\nhello"), body=b"hello"),
    "no-reason": _succeeds(*_answers(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"), body=b"ok"),
    "http-1-0": _succeeds(*_closes(b"HTTP/1.0 200 OK\r\n\r\nok"), body=b"ok"),
    "equal-lengths-twice": _succeeds(*_answers(OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok"), body=b"ok"),
    "continue-first": _succeeds(
        *_answers(b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok"), body=b"ok"
    ),
    "early-hints-first": _succeeds(
        *_answers(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok"), body=b"ok"
    ),
    "more-than-was-promised": _succeeds(*_answers(OK + b"Content-Length: 2\r\n\r\nok and then some"), body=b"ok"),
    "chunk-extensions": _succeeds(*_answers(CHUNKED_OK + b"2;a=b\r\nok\r\n0;c\r\nX: y\r\n\r\n"), body=b"ok"),
    "no-content-with-a-length": _succeeds(*_answers(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"), body=b""),
}

ALL = STALLS | ENDINGS | NONSENSE | FLOODS | CODINGS | ODD_BUT_GOOD

# For `tls_url`: handshakes that come to nothing.
HANDSHAKES = {
    "no-tls-but-http": _fails(ReadSome(), Send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Stall(), slugs="tls"),
    "alert": _fails(ReadSome(), Send(b"\x15\x03\x01\x00\x02\x02\x28"), Stall(), slugs="tls"),
    "noise": _fails(ReadSome(), Send(bytes(range(256))), Stall(), slugs="tls"),
    "closes-in-the-handshake": _fails(ReadSome(), slugs="tls closed truncated reset"),
    "resets-in-the-handshake": _fails(ReadSome(), Reset(), slugs="tls reset"),
    "stalls-in-the-handshake": Misbehaviour(
        [ReadSome(), Stall()], frozenset({"connect-timeout", "read-timeout", "total-timeout"}), needs_timeout=True
    ),
}

# Two connections: the first is closed by the server after one answer, just when the client uses it again.
CLOSES_AFTER_ONE_ANSWER: tuple[Script, ...] = (
    [ReadHead(), Send(EMPTY_OK)],
    [ReadHead(), Send(EMPTY_OK), Again()],
)
RESETS_WHEN_USED_AGAIN: tuple[Script, ...] = (
    [ReadHead(), Send(EMPTY_OK), ReadHead(), Reset()],
    [ReadHead(), Send(EMPTY_OK), Again()],
)
REDIRECT_LOOP: Script = [
    ReadHead(),
    Send(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"),
    Again(),
]
REDIRECT_TO_NONSENSE: Script = [
    ReadHead(),
    Send(b"HTTP/1.1 302 Found\r\nLocation: http://[::bad/\r\nContent-Length: 0\r\n\r\n"),
    Stall(),
]
