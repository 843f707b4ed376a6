from locust import HttpUser, constant, events, task


@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--my-argument", type=str, env_var="LOCUST_MY_ARGUMENT", default="some-value", help="It's working")
    parser.add_argument("--env", choices=["dev", "staging", "prod"], default="dev", help="Environment")
    parser.add_argument("--my-ui-invisible-argument", include_in_web_ui=False, default="I am invisible")
    parser.add_argument("--my-ui-boolean-argument", default=True, help="I am a Boolean")
    parser.add_argument("--my-ui-password-argument", is_secret=True, default="I am a secret", help="Secret")
    parser.add_argument("--my-required", is_required=True, default="given")


@events.test_start.add_listener
def _(environment, **kw):
    print(f"Custom argument supplied: {environment.parsed_options.my_argument}")
    print(environment.parsed_options.env, environment.parsed_options.my_ui_boolean_argument)
    print(environment.parsed_options.my_ui_password_argument, environment.parsed_options.my_required)


class WebsiteUser(HttpUser):
    wait_time = constant(0.05)

    @task
    def my_task(self):
        self.client.get("/users", params={"arg": self.environment.parsed_options.my_argument}, name="/users?arg=")
