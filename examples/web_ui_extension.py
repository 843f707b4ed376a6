"""A page and a table of your own in the web UI: bytes received by name, also at /traffic as JSON.

Run it without --headless and look at the tab "Traffic".
"""

from collections import Counter

from locust import HttpUser, constant, events, task

received = Counter()


@events.request.add_listener
def count(name, response_length, **_):
    received[name] += response_length or 0


@events.reset_stats.add_listener
def reset(**_):
    received.clear()


@events.init.add_listener
def extend(environment, **_):
    if environment.web_ui is None:
        return  # headless, or a worker
    web_ui = environment.web_ui

    @web_ui.app.route("/traffic")
    @web_ui.auth_required_if_enabled
    def traffic():
        return dict(received)

    @web_ui.app.after_request
    def add_to_statistics(response):
        # The UI asks for /stats/requests every two seconds, and shows what `extended_stats` has.
        statistics = response.json if response.is_json else None
        if isinstance(statistics, dict) and "stats" in statistics:
            rows = [{"name": name, "bytes": size, "safeName": name} for name, size in received.items()]
            statistics["extended_stats"] = [{"key": "traffic", "data": rows}]
            response.set_data(web_ui.app.json.dumps(statistics))
        return response

    columns = [{"key": "name", "title": "Name"}, {"key": "bytes", "title": "Bytes received"}]
    web_ui.template_args["extended_tabs"] = [{"title": "Traffic", "key": "traffic"}]
    web_ui.template_args["extended_tables"] = [{"key": "traffic", "structure": columns}]


class Visitor(HttpUser):
    wait_time = constant(0.2)

    @task
    def front_page(self):
        self.client.get("/")

    @task
    def users(self):
        self.client.get("/users")
