from __future__ import annotations

import csv
import io
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gevent
import pytest

from locust import stats
from locust._report import csv as report
from locust.stats import RequestStats, StatsCSV, StatsCSVFileWriter

NOW = 1_700_000_000.5


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats.time, "time", lambda: NOW)


@pytest.fixture
def environment() -> Any:
    request_stats = RequestStats()
    exceptions: dict[int, dict[str, Any]] = {}
    return SimpleNamespace(stats=request_stats, runner=SimpleNamespace(exceptions=exceptions, user_count=3))


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a writer write so many times."""

    def run(writer: StatsCSVFileWriter, count: int) -> None:
        left = iter(range(count - 1))

        def sleep(seconds: float) -> None:
            assert seconds == stats.CSV_STATS_INTERVAL_SEC
            if next(left, None) is None:
                raise gevent.GreenletExit

        monkeypatch.setattr(report.gevent, "sleep", sleep)
        with pytest.raises(gevent.GreenletExit):
            writer.stats_writer()

    return run


def text_of(write: Any) -> str:
    text = io.StringIO(newline="")
    write(csv.writer(text))
    return text.getvalue()


def rows_of(path: str) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_requests_are_rows_by_name_and_one_for_all(environment: Any) -> None:
    environment.stats.log_request("GET", "/b", 20, 100)
    environment.stats.log_request("POST", "/a", 10, 50)
    environment.stats.get("/never", "GET")
    environment.stats.log_error("GET", "/b", ValueError("x"))

    assert text_of(StatsCSV(environment, [0.5, 0.999]).requests_csv) == (
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
        "Max Response Time,Average Content Size,Requests/s,Failures/s,50%,99.9%\r\n"
        "POST,/a,1,0,10,10.0,10,10,50.0,0.0,0.0,10,10\r\n"
        "GET,/b,1,1,20,20.0,20,20,100.0,0.0,0.0,20,20\r\n"
        "GET,/never,0,0,0,0.0,0,0,0,0.0,0.0,N/A,N/A\r\n"
        ",Aggregated,2,1,20,15.0,10,20,75.0,0.0,0.0,20,20\r\n"
    )


def test_percentiles_are_whole_milliseconds(environment: Any) -> None:
    environment.stats.log_request("GET", "/", 0.4, 1)

    assert text_of(StatsCSV(environment, [0.5]).requests_csv).splitlines()[1].endswith(",0")


def test_failures_say_when_they_were_seen(environment: Any) -> None:
    environment.stats.log_error("GET", "/", 'a "quoted", text\nof two lines')

    assert text_of(StatsCSV(environment, [0.5]).failures_csv) == (
        "Method,Name,Error,Occurrences,First Seen,Last Seen\r\n"
        'GET,/,"a ""quoted"", text\nof two lines",1,2023-11-14T22:13:20Z,2023-11-14T22:13:20Z\r\n'
    )


def test_an_error_without_a_time_has_empty_cells(environment: Any) -> None:
    environment.stats.errors["x"] = stats.StatsError("GET", "/", "old", 2)

    assert text_of(StatsCSV(environment, [0.5]).failures_csv).endswith("GET,/,old,2,,\r\n")


def test_exceptions_name_their_nodes(environment: Any) -> None:
    environment.runner.exceptions[1] = {"count": 2, "msg": "m", "traceback": "t", "nodes": {"local"}}

    assert text_of(StatsCSV(environment, [0.5]).exceptions_csv) == "Count,Message,Traceback,Nodes\r\n2,m,t,local\r\n"


def test_there_need_be_no_runner(environment: Any, tmp_path: Path, ticks: Any) -> None:
    environment.runner = None
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "p"))

    ticks(writer, 1)

    assert rows_of(writer.stats_history_file_name())[0]["User Count"] == "0"


@pytest.mark.parametrize("text", ["=1+1", "+a", "-a", "@a", "\t=1", "\r=1", "\uff1d1", "-1+cmd|' /C calc'!A0", "-"])
def test_what_a_spreadsheet_would_run_becomes_text(text: str) -> None:
    assert report.safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["/a", "", "a=b", "'=1", "-1", "+1.5", " =1", "404 (=)", -1, -1.5, None])
def test_what_it_would_not_run_stays(value: Any) -> None:
    assert report.safe_cell(value) == value


def test_formulas_are_made_safe_in_every_file(environment: Any, tmp_path: Path, ticks: Any) -> None:
    environment.stats.log_request("=m", "=n", 1, 1)
    environment.stats.log_error("=m", "=n", "=e")
    environment.runner.exceptions[1] = {"count": 1, "msg": "=x", "traceback": "=t", "nodes": {"=host"}}
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "p"), full_history=True)

    ticks(writer, 1)

    assert not [path for path in tmp_path.iterdir() for cell in _cells(path) if cell.startswith("=")]
    assert sum(cell.startswith("'=") for path in tmp_path.iterdir() for cell in _cells(path)) == 10


def _cells(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return [cell for row in csv.reader(file) for cell in row]


def test_the_files_are_there_from_the_start(environment: Any, tmp_path: Path) -> None:
    StatsCSVFileWriter(environment, [0.5], str(tmp_path / "p"))

    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == {
        "p_stats.csv": 0,
        "p_stats_history.csv": 0,
        "p_failures.csv": 0,
        "p_exceptions.csv": 0,
    }


def test_a_missing_folder_is_told_at_once(environment: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        StatsCSVFileWriter(environment, [0.5], str(tmp_path / "none" / "p"))


def test_the_history_has_the_total_only(environment: Any, tmp_path: Path, ticks: Any) -> None:
    environment.stats.log_request("GET", "/", 10, 100)
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "p"))

    ticks(writer, 1)

    assert Path(writer.stats_history_file_name()).read_bytes().decode() == (
        "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,Total Request Count,Total Failure Count,"
        "Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,"
        "Total Average Content Size\r\n"
        "1700000000,3,,Aggregated,0.000000,0.000000,10,1,0,10,10.0,10,10,100.0\r\n"
    )


def test_the_full_history_has_a_row_for_each_entry(environment: Any, tmp_path: Path, ticks: Any) -> None:
    environment.stats.log_request("GET", "/b", 10, 100)
    environment.stats.log_request("GET", "/a", 20, 100)
    writer = StatsCSVFileWriter(environment, [0.5, 1.0], str(tmp_path / "p"), full_history=True)

    ticks(writer, 1)

    assert [(row["Name"], row["50%"], row["100%"]) for row in rows_of(writer.stats_history_file_name())] == [
        ("/a", "20", "20"),
        ("/b", "10", "10"),
        ("Aggregated", "20", "20"),
    ]


def test_percentiles_of_the_full_history_are_those_of_late(
    environment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ticks: Any
) -> None:
    writer = StatsCSVFileWriter(environment, [1.0], str(tmp_path / "p"), full_history=True)
    environment.stats.log_request("GET", "/", 900, 100)
    ticks(writer, 1)
    monkeypatch.setattr(stats.time, "time", lambda: NOW + 60)
    environment.stats.log_request("GET", "/", 10, 100)

    ticks(writer, 1)
    writer.close_files()

    assert [row["100%"] for row in rows_of(writer.stats_history_file_name())] == ["900", "900", "10", "10"]


def test_history_is_written_at_its_own_interval(
    environment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ticks: Any
) -> None:
    monkeypatch.setattr(stats, "CSV_STATS_FLUSH_INTERVAL_SEC", 5)
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "p"))

    ticks(writer, 3)
    assert len(rows_of(writer.stats_history_file_name())) == 1

    writer.close_files()
    assert len(rows_of(writer.stats_history_file_name())) == 3


def test_much_history_does_not_wait(
    environment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ticks: Any
) -> None:
    monkeypatch.setattr(report, "_MAX_WAITING_BYTES", 100)
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "p"))

    ticks(writer, 3)

    assert len(rows_of(writer.stats_history_file_name())) >= 2


def test_tables_shrink_when_their_numbers_do(environment: Any, tmp_path: Path) -> None:
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "p"))
    environment.stats.log_request("GET", "/long/name" * 50, 1, 1)
    writer.write_tables()
    environment.stats.clear_all()

    writer.write_tables()

    assert [row["Name"] for row in rows_of(f"{tmp_path}/p_stats.csv")] == ["Aggregated"]


def test_a_subclass_may_change_columns(environment: Any, tmp_path: Path) -> None:
    class Mine(StatsCSVFileWriter):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.requests_csv_columns = ["Name"]

        def _requests_data_rows(self, csv_writer: Any) -> None:
            csv_writer.writerow(["mine"])

    Mine(environment, [0.5], str(tmp_path / "p")).write_tables()

    assert rows_of(f"{tmp_path}/p_stats.csv") == [{"Name": "mine"}]


def test_a_full_disk_is_told_once_and_the_other_files_go_on(
    environment: Any, tmp_path: Path, ticks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "p_stats_history.csv").symlink_to("/dev/full")
    (tmp_path / "p_failures.csv").symlink_to("/dev/full")
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "p"))

    ticks(writer, 4)
    writer.close_files()

    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            logging.ERROR,
            f"Can't write '{tmp_path}/p_stats_history.csv' (No space left on device). The run goes on; the CSV files "
            "lack what comes until they can be written again",
        )
    ]
    assert rows_of(f"{tmp_path}/p_stats.csv")


def test_it_says_when_there_is_room_again(
    environment: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "p"))
    with monkeypatch.context() as patch:
        patch.setattr(writer._requests_file, "replace", _full)
        writer.write_tables()

    writer.write_tables()
    writer.write_tables()

    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


def _full(content: bytes) -> None:
    raise OSError(28, "No space left on device")


def test_half_a_surrogate_pair_is_written(environment: Any, tmp_path: Path) -> None:
    environment.stats.log_request("GET", "/\udce4", 1, 1)
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "p"))

    writer.write_tables()

    assert rows_of(f"{tmp_path}/p_stats.csv")[0]["Name"] != ""


def test_users_go_on_while_thousands_of_rows_are_made(environment: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(report.gevent, "sleep", pauses.append)
    for number in range(1_100):
        environment.stats.log_request("GET", f"/{number}", 1, 1)

    assert text_of(StatsCSV(environment, [0.5]).requests_csv).count("\r\n") == 1_102
    assert pauses == [0, 0]


def test_a_run_that_goes_on_goes_on_in_its_history(environment: Any, tmp_path: Path, ticks: Any) -> None:
    before = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "p"))
    ticks(before, 2)
    before.close_files()

    after = report.ContinuedCSVFileWriter(environment, [0.5], str(tmp_path / "p"))
    ticks(after, 1)

    assert len(rows_of(after.stats_history_file_name())) == 3


def test_a_history_of_other_columns_is_begun_anew(environment: Any, tmp_path: Path, ticks: Any) -> None:
    before = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "p"))
    ticks(before, 2)
    before.close_files()

    after = report.ContinuedCSVFileWriter(environment, [0.9], str(tmp_path / "p"))
    ticks(after, 1)

    assert len(rows_of(after.stats_history_file_name())) == 1


def test_the_history_gets_its_header_late_when_the_disk_was_full(
    environment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ticks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(stats, "CSV_STATS_FLUSH_INTERVAL_SEC", -1)
    writer = StatsCSVFileWriter(environment, [0.5], str(tmp_path / "p"))
    with monkeypatch.context() as patch:
        patch.setattr(writer._history_file, "append", _full)
        ticks(writer, 3)

    ticks(writer, 2)

    assert len(rows_of(writer.stats_history_file_name())) == 2
    # Once each, though the other files could be written all the time.
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
