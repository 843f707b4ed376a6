"""Routes that give files: CSV and the report."""

from __future__ import annotations

import csv
import os
import re
import time
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, make_response, request, send_file

from locust import html
from locust.util.date import format_safe_timestamp

if TYPE_CHECKING:
    from locust.web import WebUI

UNSAFE_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9_.:/-]")
NO_HISTORY: Final = "Error: Server was not started with option to generate full history."


def add_downloads(blueprint: Blueprint, web_ui: WebUI) -> None:
    """Adds them all."""
    environment = web_ui.environment

    def csv_route(path: str, endpoint: str, kind: str, write: str) -> None:
        @web_ui.auth_required_if_enabled
        def route() -> Any:
            text = StringIO()
            getattr(web_ui.stats_csv_writer, write)(csv.writer(text))
            response = make_response(text.getvalue(), 200, {"Content-type": "text/csv"})
            response.headers["Content-disposition"] = f"attachment;filename={file_name(web_ui, kind)}.csv"
            return response

        blueprint.add_url_rule(path, endpoint, route)

    csv_route("/stats/requests/csv", "request_stats_csv", "requests", "requests_csv")
    csv_route("/stats/failures/csv", "failures_stats_csv", "failures", "failures_csv")
    csv_route("/exceptions/csv", "exceptions_csv", "exceptions", "exceptions_csv")

    @blueprint.route("/stats/requests_full_history/csv")
    @web_ui.auth_required_if_enabled
    def request_stats_full_history_csv() -> Any:
        name = history_file(web_ui)
        if name is None:
            return make_response(NO_HISTORY, 404)
        if flush := getattr(web_ui.stats_csv_writer, "stats_history_flush", None):
            flush()  # the rows that wait for their turn to be written
        name_given = f"{file_name(web_ui, 'requests_full_history')}.csv"
        return send_file(
            os.path.abspath(name), mimetype="text/csv", as_attachment=True, max_age=0, download_name=name_given
        )

    @blueprint.route("/stats/report")
    @web_ui.auth_required_if_enabled
    def stats_report() -> Any:
        if environment.runner is None:
            return make_response("Error: Locust Environment does not have any runner", 500)
        wants_file = request.args.get("download")
        text = html.get_html_report(environment, show_download_link=not wants_file, theme=request.args.get("theme", ""))
        response = make_response(text)
        if wants_file:
            response.headers["Content-Disposition"] = f"attachment;filename={file_name(web_ui)}.html"
        return response


def list_downloads(web_ui: WebUI) -> list[dict[str, str]]:
    """All files, those of plugins too: title and URL below the UI's own."""
    found = [
        ("Report", "stats/report?download=1"),
        ("Requests (CSV)", "stats/requests/csv"),
        ("Failures (CSV)", "stats/failures/csv"),
        ("Exceptions (CSV)", "exceptions/csv"),
    ]
    if history_file(web_ui) is not None:
        found.append(("Course of all requests (CSV)", "stats/requests_full_history/csv"))
    for row in web_ui.template_args.get("extended_csv_files") or []:
        found.append((str(row.get("title", "")), str(row.get("href", ""))))
    return [{"title": title, "url": url} for title, url in found]


def history_file(web_ui: WebUI) -> str | None:
    """Where `--csv-full-history` writes, if it does and has begun to."""
    name = getattr(web_ui.stats_csv_writer, "stats_history_file_name", None)
    is_on = getattr(web_ui.environment.parsed_options, "stats_history_enabled", False)
    path = name() if is_on and name else None
    return path if path and os.path.isfile(path) else None


def file_name(web_ui: WebUI, *kind: str) -> str:
    """What a file is called, without its ending; as upstream calls it, but safe in a header."""
    environment = web_ui.environment
    parts = ["Locust", format_safe_timestamp(time.time()), str(environment.locustfile), environment.host or "", *kind]
    text = "_".join(part for part in parts if part)
    return UNSAFE_IN_A_NAME.sub("_", text)
