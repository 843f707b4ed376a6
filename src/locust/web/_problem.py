"""Errors of `/api/v2`, all in one shape: problem details, RFC 9457."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Response

MEDIA_TYPE: Final = "application/problem+json"
TITLES: Final = {
    "bad-request": "The request can't be read",
    "invalid-input": "Some values are wrong",
    "not-logged-in": "Not logged in",
    "cross-site": "Refused: from another site",
    "forbidden": "Not allowed",
    "not-found": "There is no such thing",
    "method-not-allowed": "Not with this method",
    "conflict": "Not in this state",
    "too-large": "Too large",
    "unsupported-media-type": "Not this type of content",
    "no-runner": "Nothing can be run",
    "too-many-streams": "Too many viewers",
    "internal": "The server failed",
}
KIND_BY_STATUS: Final = {
    400: "bad-request",
    401: "not-logged-in",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media-type",
}


@dataclass
class ProblemError(Exception):
    """Why a request isn't done; `errors` are pairs of a field's path and what is wrong with it."""

    kind: str
    status: int
    detail: str
    errors: list[tuple[str, str]] = field(default_factory=list)

    def response(self) -> Response:
        return problem(self.kind, self.status, self.detail, self.errors)


def problem(kind: str, status: int, detail: str, errors: list[tuple[str, str]] | None = None) -> Response:
    """The answer that says so."""
    body: dict[str, Any] = {
        "type": f"urn:locust:problem:{kind}",
        "title": TITLES[kind],
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = [{"field": name, "detail": text} for name, text in errors]
    return Response(json.dumps(body), status, content_type=MEDIA_TYPE)


def is_api_path(path: str) -> bool:
    """Whether clients of this path read problem details."""
    return "/api/v2/" in path
