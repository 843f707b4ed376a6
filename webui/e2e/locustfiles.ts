// What the journeys run: a locustfile, and what is added to it.

export const LOCUSTFILE = `
from locust import HttpUser, LoadTestShape, constant, events, task


@events.init_command_line_parser.add_listener
def add_options(parser):
    parser.add_argument("--greeting", default="hello", help="What visitors say")
    parser.add_argument("--api-token", default="hush-hush", is_secret=True)
    parser.add_argument("--region", choices=["north", "south"], default="north")


@events.test_start.add_listener
def tell(environment, **kwargs):
    options = environment.parsed_options
    print("started with", options.greeting, options.region, options.api_token, flush=True)


class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task(5)
    def front_page(self):
        self.client.get("/")

    @task
    def broken(self):
        self.client.get("/broken", name="/broken <i>page</i>")


class Buyer(HttpUser):
    wait_time = constant(0.05)

    @task
    def basket(self):
        self.client.get("/basket")

    @task
    def raises(self):
        raise ValueError("the basket is <b>empty</b>")
`

export const SHAPE = `

class Steps(LoadTestShape):
    def tick(self):
        return (3, 3) if self.get_run_time() < 60 else None
`

export const LOGIN = `
from flask import redirect, request, session
from flask_login import UserMixin, login_user


class Person(UserMixin):
    def __init__(self, name):
        self.name = name

    def get_id(self):
        return self.name


@events.init.add_listener
def add_login(environment, **kwargs):
    if not environment.web_ui:
        return
    web_ui = environment.web_ui
    web_ui.app.config["SECRET_KEY"] = "for this test only"
    web_ui.login_manager.user_loader(lambda name: Person(name))
    web_ui.auth_args = {"username_password_callback": "/login_submit"}

    @web_ui.app.route("/login_submit", methods=["POST"])
    def login_submit():
        if request.form.get("password") == "open sesame":
            session.pop("auth_error", None)
            login_user(Person(request.form["username"]))
            return redirect("/")
        session["auth_error"] = "That is not the password"
        return redirect("/login")
`

export const EXTENDED = `
from flask import Blueprint, json, request

sizes = Blueprint("sizes", "sizes")


@sizes.route("/content-length/csv")
def sizes_csv():
    return "Name,Total"


@events.init.add_listener
def add_tab(environment, **kwargs):
    web_ui = environment.web_ui
    if not web_ui:
        return
    args = web_ui.template_args
    args["extended_tabs"] = [{"title": "Content length", "key": "content-length"}]
    args["extended_tables"] = [
        {"key": "content-length", "structure": [{"key": "name", "title": "Name"}, {"key": "total", "title": "Total"}]}
    ]
    args["extended_csv_files"] = [{"href": "/content-length/csv", "title": "Content length as CSV"}]

    @web_ui.app.after_request
    def extend_stats(response):
        if request.path == "/stats/requests":
            rows = [{"key": "content-length", "data": [{"name": "a <b>page</b>", "total": 12}]}]
            response.set_data(json.dumps({**response.json, "extended_stats": rows}))
        return response

    web_ui.app.register_blueprint(sizes)
`
