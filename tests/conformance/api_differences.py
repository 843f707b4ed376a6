"""Intended differences of the Python API, as `differences.py` has them of the command line."""

from __future__ import annotations

from beside import Difference

BEHAVIOUR = "test_api_behaviour.py::test_both_do_the_same"
DISPATCH = "test_api_dispatch.py::test_a_dispatch_goes_alike"
PLUGINS = "test_api_plugins.py::test_a_plugin_does_the_same"
DEBUG = "test_api_debug.py::test_a_single_user_runs_alike"
SURFACE = "test_api_surface.py::test_a_module_offers_what_upstreams_does"

OWN_MACHINERY = "upstream's own machinery, of no use to a locustfile or plugin"
NO_GEVENTHTTPCLIENT = "the engine is no geventhttpclient"

API_DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        SURFACE,
        (
            "LocustConfigParser kind",
            "LocustTomlConfigParser kind",
            "download_locustfile_from_master kind",
            "exit_handler kind",
            "parse_locustfiles_from_master kind",
            "raise_argument_type_error kind",
            "retrieve_locustfiles_from_master kind",
            "gt_zero signature",
        ),
        OWN_MACHINERY,
        "0005",
        ("locust.argument_parser",),
    ),
    Difference(
        SURFACE,
        (
            "ErrorResponse bases",
            "FastRequest bases",
            "FastResponse bases",
            "FastResponse signature",
            "LocustUserAgent bases",
            "LocustUserAgent signature",
            "LocustUserAgent.request_type",
            "LocustUserAgent.response_type",
            "ResponseContextManager bases",
            "RestResponseContextManager bases",
        ),
        NO_GEVENTHTTPCLIENT,
        "0005",
        ("locust.contrib.fasthttp",),
    ),
    Difference(
        SURFACE,
        ("DEFAULT_BUILD_PATH value",),
        OWN_MACHINERY,
        "0005",
        ("locust.html", "locust.web"),
    ),
    # Its default is that path.
    Difference(SURFACE, ("render_template_from signature",), OWN_MACHINERY, "0005", ("locust.html",)),
    Difference(SURFACE, ("greenlet_exception_handler kind",), OWN_MACHINERY, "0005", ("locust.web",)),
    Difference(
        SURFACE, ("COMMON_OPTIONS kind", "merge_locustfiles_content kind"), OWN_MACHINERY, "0005", ("locust.main",)
    ),
    Difference(SURFACE, ("decode kind", "encode kind"), OWN_MACHINERY, "0005", ("locust.rpc.protocol",)),
    Difference(SURFACE, ("locust_exception_handler kind",), OWN_MACHINERY, "0005", ("locust.runners",)),
    Difference(
        SURFACE,
        ("CSVWriter kind", "StatsBaseDict kind", "StatsHolder kind", "resize_handler kind"),
        OWN_MACHINERY,
        "0005",
        ("locust.stats",),
    ),
    Difference(SURFACE, ("deprecated_locust_meta_class kind",), OWN_MACHINERY, "0005", ("locust.util.deprecation",)),
    Difference(SURFACE, ("Environment kind",), OWN_MACHINERY, "0005", ("locust.contrib.mqtt",)),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "the only task needs no random number; a seed gives another course",
        "0005",
        ("tasks: a seed and a single task",),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "the message names the classes, not a format string",
        "0005",
        ("tasks: waiting by nothing",),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "hooks that a subclass of Events annotates are made",
        "0005",
        ("running: events of one s own",),
    ),
    Difference(
        BEHAVIOUR,
        ("answer", "log"),
        "whole users: 1.5 are one, and not two of which half a user is awaited for ever",
        "0005",
        ("running: starting with a float",),
    ),
    Difference(
        BEHAVIOUR,
        ("answer", "log"),
        "raised where it was called, not logged by a greenlet that nobody waits for",
        "0005",
        (
            "running: starting with negative",
            "running: starting with no rate",
            "running: starting with negative rate",
            "running: starting with text",
        ),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "raised where it was called, not in a greenlet that nobody waits for",
        "0005",
        ("running: starting and waiting too slow",),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "of a class without users, none is stopped",
        "0005",
        ("running: spawning by hand",),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "a LocustError is an Exception, too",
        "0005",
        ("running: messages to oneself",),
    ),
    Difference(
        BEHAVIOUR, ("answer",), "the error names what is missing", "0005", ("running: updating a class nobody",)
    ),
    Difference(BEHAVIOUR, ("answer",), "without a runner there are no users", "0005", ("running: members of a shape",)),
    Difference(
        BEHAVIOUR,
        ("answer", "log"),
        "a request without a length is counted, and half of it isn't",
        "0005",
        ("running: requests are counted",),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "a response that never came has `ok` False, and is asked without exceptions",
        "0005",
        (
            "requesting: http get /loop",
            "requesting: fast get /loop",
            "requesting: http get of a closed port",
            "requesting: fast get of a closed port",
            "requesting: http response of a closed port",
            "requesting: fast response of a closed port",
            "requesting: http timeout",
            "requesting: http max_redirects",
        ),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "a response is true, also without a body",
        "0005",
        (
            "requesting: fast get /status/204",
            "requesting: fast get /status/304",
        ),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "the headers of an answer to HEAD are there",
        "0005",
        (
            "requesting: fast head",
            "requesting: fast head of a redirect",
        ),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "`url` is what was requested: quoted, with a path, without what is for browsers",
        "0005",
        (
            "requesting: fast get /text#part",
            "requesting: fast get /text?",
            "requesting: fast get nothing",
            "requesting: fast get /text with blanks",
            "requesting: fast get /umlauts",
        ),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "two slashes are a path, too",
        "0005",
        ("requesting: fast get //text",),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "the error says what is wrong with the value",
        "0005",
        (
            "requesting: fast post a list of pairs",
            "requesting: fast post a number",
            "requesting: fast host without a scheme",
        ),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "another wording of the same TypeError",
        "0005",
        (
            "requesting: http post a number",
            "requesting: fast get a path of bytes",
            "requesting: fast get a number",
            "requesting: fast get None",
        ),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "a header of None is left out, as requests does",
        "0005",
        ("requesting: fast get with a header of None",),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "a name is text",
        "0005",
        ("requesting: fast get with a numeric name",),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "the places where it was raised are the locustfile's, without our own",
        "0005",
        (
            "requesting: http rest that ends with a CatchResponseError",
            "requesting: fast rest that ends with a CatchResponseError",
        ),
    ),
    Difference(
        DISPATCH,
        ("sequence",),
        "fixed users that are missing are started, whatever classes were chosen before",
        "0005",
        ("a choice of classes with a fixed count",),
    ),
    Difference(
        DISPATCH,
        ("sequence",),
        "a dispatch that is over isn't in progress",
        "0005",
        ("a worker joins, and the users stay",),
    ),
    Difference(
        DISPATCH,
        ("sequence",),
        "nobody to start, or nowhere, is no error of the dispatcher",
        "0005",
        ("no workers", "no classes"),
    ),
    Difference(PLUGINS, ("stdout",), "the titles have no column without a title", "0005", ("one user",)),
    Difference(PLUGINS, ("stderr",), "its base class has the method", "0005", ("pools of connections",)),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "percentiles are as exact as the times are, not of upstream's buckets",
        "0005",
        (
            "counting: an entry of values between",
            "counting: the total of values between",
            "counting: an entry of values between with failures",
            "counting: merging values between",
            "counting: an entry of values between as a dict",
            "counting: an entry of values between as a line",
            "counting: an entry of values between as percentiles",
        ),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "times below nothing count as nothing, those above 71 minutes as that",
        "0005",
        (
            "counting: an entry of negative",
            "counting: the total of negative",
            "counting: an entry of negative with failures",
            "counting: merging negative",
            "counting: an entry of huge as a line",
        ),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "percentiles of now are there from the first second",
        "0005",
        ("counting: percentiles of the last seconds",),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "an error without a text is told by its class, an address is masked everywhere",
        "0005",
        (
            "counting: an error of an empty ValueError",
            "counting: an error of an address",
        ),
    ),
    Difference(
        BEHAVIOUR,
        ("answer",),
        "a duration is never less than nothing",
        "0005",
        ("counting: a duration negative",),
    ),
    Difference(
        BEHAVIOUR,
        ("stdout",),
        "parse_options is as good as the command",
        "0005",
        (
            "counting: options of nothing",
            "counting: options of users",
            "counting: options of tags",
            "counting: options of classes",
        ),
    ),
    Difference(
        DEBUG,
        ("stdout", "stderr"),
        "payloads are printed, and in a column under its title",
        "0005",
        ("include_payload", "everything"),
    ),
    Difference(DEBUG, ("stderr",), "the options are those of locust", "0005", ("an option that is not there",)),
    Difference(DEBUG, ("stderr",), "nothing was filtered", "0005", ("no tasks",)),
    Difference(
        BEHAVIOUR,
        ("log",),
        "the warning says what to do, not where to read it",
        "0005",
        ("running: a warning about the cpu",),
    ),
)
