"""Options of your own: on the command line, in the environment, in locust.conf and in the web UI."""

from locust import HttpUser, constant, events, task


@events.init_command_line_parser.add_listener
def add_options(parser):
    parser.add_argument("--language", choices=["en", "de"], default="en", env_var="SHOP_LANGUAGE", help="of the shop")
    parser.add_argument("--shop-password", is_secret=True, default="secret", help="hidden in the web UI")
    parser.add_argument("--page-size", type=int, default=20, include_in_web_ui=False, help="not in the web UI at all")


class Visitor(HttpUser):
    wait_time = constant(0.2)

    def on_start(self):
        options = self.environment.parsed_options
        self.client.headers["Accept-Language"] = options.language
        self.client.post("/login", data={"username": "ada", "password": options.shop_password})

    @task
    def list_products(self):
        size = self.environment.parsed_options.page_size
        self.client.get(f"/users?size={size}", name="/users?size=[n]")
