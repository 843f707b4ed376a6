from locust import MarkovTaskSet, User, constant, transition, transitions


class Flow(MarkovTaskSet):
    @transition("b")
    def a(self):
        self.fire("a")

    @transitions({"a": 1, "c": 3})
    def b(self):
        self.fire("b")

    @transitions(["a", ("b", 2)])
    def c(self):
        self.fire("c")

    def fire(self, name):
        self.user.environment.events.request.fire(
            request_type="STEP", name=name, response_time=1, response_length=0, exception=None, context={}
        )


class Walker(User):
    wait_time = constant(0.01)
    tasks = [Flow]
