"""Names beyond the public ones that code imports, patches or sets: they are there in both, and alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from beside import Comparison, probe

TEXT = """
locust.HttpLocust locust.Locust locust.LoadTestShape locust.__version__ locust.argument_parser locust.clients
locust.debug locust.dispatch locust.env locust.event locust.events locust.exception locust.html locust.log locust.main
locust.rpc locust.runners locust.shape locust.stats locust.user locust.util locust.wait_time locust.web

locust.argument_parser.LocustArgumentParser locust.argument_parser.default_args_dict
locust.argument_parser.get_empty_argument_parser locust.argument_parser.get_locustfiles_locally
locust.argument_parser.get_parser locust.argument_parser.parse_locustfile_option
locust.argument_parser.parse_locustfile_paths locust.argument_parser.parse_options
locust.argument_parser.ui_extra_args_dict locust.argument_parser.requests.get

locust.clients.HttpSession locust.clients.HttpSession._send_request_safe_mode
locust.clients.LocustHttpAdapter locust.clients.ResponseContextManager locust.clients.RestResponseContextManager

locust.contrib.csv_request_logger.CSV_COLUMNS locust.contrib.csv_request_logger.CsvRequestLogger
locust.contrib.csv_request_logger._status_code

locust.contrib.fasthttp.ErrorResponse
locust.contrib.fasthttp.FAILURE_EXCEPTIONS locust.contrib.fasthttp.FastHttpLocust
locust.contrib.fasthttp.FastHttpSession locust.contrib.fasthttp.FastHttpUser locust.contrib.fasthttp.FastRequest
locust.contrib.fasthttp.FastResponse locust.contrib.fasthttp.LocustBadStatusCode
locust.contrib.fasthttp.LocustUserAgent locust.contrib.fasthttp.ResponseContextManager
locust.contrib.fasthttp.RestResponseContextManager locust.contrib.fasthttp.insecure_ssl_context_factory
locust.contrib.socketio.SocketIOUser

locust.main.gevent.spawn locust.runners.socket.gethostname locust.runners.time.time
locust.runners.traceback.format_tb locust.stats.gevent.sleep

locust.debug._env locust.debug.PrintListener locust.debug.run_single_user

locust.dispatch.UsersDispatcher locust.dispatch.UsersDispatcher._distribute_users
locust.dispatch.UsersDispatcher._get_user_current_count locust.dispatch.UsersDispatcher.add_worker
locust.dispatch.UsersDispatcher.new_dispatch locust.dispatch.UsersDispatcher.remove_worker

locust.env.Environment locust.env.Environment._filter_tasks_by_tags locust.env.LoadTestShape locust.event.EventHook
locust.event.Events locust.event.DeprecatedEventHook

locust.exception.CatchResponseError locust.exception.InterruptTaskSet locust.exception.LocustError
locust.exception.MissingWaitTimeError locust.exception.RPCError locust.exception.RPCReceiveError
locust.exception.RPCSendError locust.exception.RescheduleTask locust.exception.RescheduleTaskImmediately
locust.exception.ResponseError locust.exception.RunnerAlreadyExistsError locust.exception.StopTest
locust.exception.StopUser

locust.html.get_html_report locust.html.process_html_filename locust.input_events.get_poller
locust.input_events.input_listener
locust.log.LogReader locust.log.greenlet_exception_logger locust.log.setup_logging
locust.log.unhandled_greenlet_exception locust.log.HOSTNAME locust.log.get_logs
locust.main.create_environment locust.main.load_locustfile locust.main.main

locust.rpc.Message locust.rpc.protocol.Message.serialize locust.rpc.protocol.Message.unserialize locust.rpc.rpc
locust.rpc.rpc.Client locust.rpc.rpc.Server locust.rpc.zmqrpc.BaseSocket locust.rpc.zmqrpc.Client
locust.rpc.zmqrpc.Server

locust.runners.CONNECT_RETRY_COUNT locust.runners.CONNECT_TIMEOUT locust.runners.CPU_MONITOR_INTERVAL
locust.runners.CPU_WARNING_THRESHOLD locust.runners.DistributedRunner locust.runners.ExceptionDict
locust.runners.FALLBACK_INTERVAL locust.runners.HEARTBEAT_DEAD_INTERNAL locust.runners.HEARTBEAT_INTERVAL
locust.runners.HEARTBEAT_LIVENESS locust.runners.LocalRunner locust.runners.MASTER_HEARTBEAT_TIMEOUT
locust.runners.MasterRunner locust.runners.MasterRunner._wait_for_workers_report_after_ramp_up
locust.runners.Runner locust.runners.STATE_CLEANUP locust.runners.STATE_INIT locust.runners.STATE_MISSING
locust.runners.STATE_RUNNING locust.runners.STATE_SPAWNING locust.runners.STATE_STOPPED
locust.runners.STATE_STOPPING locust.runners.WORKER_LOG_REPORT_INTERVAL locust.runners.WORKER_REPORT_INTERVAL
locust.runners.WorkerNode locust.runners.WorkerNodes locust.runners.WorkerRunner
locust.runners.WorkerRunner._send_stats locust.runners.rpc

locust.stats.CONSOLE_STATS_INTERVAL_SEC locust.stats.CSV_STATS_FLUSH_INTERVAL_SEC
locust.stats.CSV_STATS_INTERVAL_SEC locust.stats.CURRENT_RESPONSE_TIME_PERCENTILE_WINDOW
locust.stats.CachedResponseTimes locust.stats.HISTORY_STATS_INTERVAL_SEC locust.stats.PERCENTILES_TO_CHART
locust.stats.PERCENTILES_TO_REPORT locust.stats.PERCENTILES_TO_STATISTICS locust.stats.RequestStats
locust.stats.STATS_AUTORESIZE locust.stats.STATS_NAME_WIDTH locust.stats.STATS_TYPE_WIDTH locust.stats.StatsCSV
locust.stats.StatsCSVFileWriter locust.stats.StatsEntry locust.stats.StatsError locust.stats.avg
locust.stats.bucket_response_time locust.stats.calculate_response_time_percentile
locust.stats.diff_response_time_dicts locust.stats.get_error_report_summary
locust.stats.get_percentile_stats_summary locust.stats.get_readable_percentiles locust.stats.get_stats_summary
locust.stats.print_error_report locust.stats.print_percentile_stats locust.stats.print_stats
locust.stats.print_stats_json locust.stats.save_stats_json locust.stats.setup_distributed_stats_event_listeners
locust.stats.sort_stats locust.stats.stats_history locust.stats.stats_printer locust.stats.update_stats_history
locust.stats.validate_stats_configuration

locust.user.inspectuser._get_task_ratio locust.user.inspectuser.get_ratio
locust.user.inspectuser.print_task_ratio locust.user.inspectuser.print_task_ratio_json
locust.user.markov_taskset.InvalidTransitionError locust.user.markov_taskset.MarkovTaskSet
locust.user.markov_taskset.MarkovTaskTagError locust.user.markov_taskset.NoMarkovTasksError
locust.user.markov_taskset.NonMarkovTaskTransitionError locust.user.markov_taskset.transition
locust.user.markov_taskset.transitions locust.user.sequential_taskset.SequentialTaskSet
locust.user.sequential_taskset.SequentialTaskSetMeta locust.user.task.DefaultTaskSet
locust.user.task.DefaultTaskSet.execute_task locust.user.task.LOCUST_STATE_RUNNING
locust.user.task.LOCUST_STATE_STOPPING locust.user.task.LOCUST_STATE_WAITING locust.user.task.TaskSet
locust.user.task.TaskSet._sleep locust.user.task.TaskSet.execute_task locust.user.task.TaskSetMeta
locust.user.task.filter_tasks_by_tags locust.user.task.get_tasks_from_base_classes locust.user.task.tag
locust.user.task.task locust.user.users.HttpUser locust.user.users.PytestUser locust.user.users.User
locust.user.users.UserMeta locust.user.wait_time.between
locust.user.wait_time.constant locust.user.wait_time.constant_pacing
locust.user.wait_time.constant_throughput

locust.util.cache.memoize locust.util.date.format_duration locust.util.date.format_safe_timestamp
locust.util.date.format_utc_timestamp locust.util.deprecation.DeprecatedFastHttpLocustClass
locust.util.deprecation.DeprecatedHttpLocustClass locust.util.deprecation.DeprecatedLocustClass
locust.util.deprecation.check_for_deprecated_task_set_attribute locust.util.directory.get_abspaths_in
locust.util.exception_handler.retry locust.util.load_locustfile.is_shape_class
locust.util.load_locustfile.is_user_class locust.util.load_locustfile.load_locustfile
locust.util.load_locustfile.load_locustfile_pytest locust.util.rounding.proper_round
locust.util.timespan.parse_timespan locust.util.url.is_url

locust.web.DEFAULT_CACHE_TIME locust.web.HOST_IS_REQUIRED locust.web.WebUI pytest_locust.plugin.NoOpEvent
"""
NAMES = TEXT.split()


@pytest.fixture(scope="module")
def found() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return probe("naming", NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_there(name: str, found: tuple[Mapping[str, Any], ...], same: Comparison) -> None:
    theirs, ours = found
    assert theirs[name] != "absent"
    same({"kind": theirs[name]}, {"kind": ours[name]})
