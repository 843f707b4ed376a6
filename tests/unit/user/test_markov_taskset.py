"""Chains of tasks: what they do, and which can't be declared. Texts as seen in Locust 2.47."""

from __future__ import annotations

import pytest

from locust import MarkovTaskSet, User, tag, task, transition, transitions
from locust.exception import StopUser
from locust.user.markov_taskset import (
    InvalidTransitionError,
    MarkovTaskTagError,
    NoMarkovTasksError,
    NonMarkovTaskTransitionError,
    to_weighted_list,
)
from locust.user.task import filter_tasks_by_tags


def step(name="a"):
    def made(self): ...

    made.__name__ = name
    return made


def chain(**members):
    return type("Chain", (MarkovTaskSet,), members)


class TestDeclaring:
    @pytest.mark.parametrize(
        ("declare", "weights"),
        [
            (transition("b"), {"b": 1}),
            (transition("b", 3), {"b": 3}),
            (transitions({"b": 2, "c": 1}), {"b": 2, "c": 1}),
            (transitions(["b", ("c", 3)]), {"b": 1, "c": 3}),
            (transitions(["b", ("b", 3)]), {"b": 3}),
        ],
    )
    def test_transitions_may_be_written_in_several_ways(self, declare, weights):
        assert declare(step()).transitions == weights

    def test_transitions_add_up(self):
        assert transition("b", 2)(transitions({"c": 3})(step())).transitions == {"c": 3, "b": 2}

    def test_weights_are_how_often_a_name_is_in_the_list(self):
        assert to_weighted_list({"a": 2, "b": 0, "c": 1}) == ["a", "a", "c"]

    def test_a_function_can_be_in_two_chains(self):
        shared = transition("a")(step())

        assert chain(a=shared).current is chain(a=shared).current is shared

    def test_abstract_is_not_inherited_and_not_checked(self):
        base = chain(abstract=True)

        assert (base.abstract, type("Chain", (base,), {"a": transition("a")(step())}).abstract) == (True, False)


class TestRefusing:
    def test_no_tasks(self):
        with pytest.raises(NoMarkovTasksError) as raised:
            chain()

        assert str(raised.value) == (
            "No Markov tasks defined in class Chain. Use the @transition(s) decorators to define some."
        )

    def test_a_name_that_is_not_there(self):
        with pytest.raises(InvalidTransitionError) as raised:
            chain(a=transition("b")(step()))

        assert str(raised.value) == "Transition to b from a is invalid since no such element exists on class Chain"

    @pytest.mark.parametrize("target", [step("b"), task(step("b")), 5])
    def test_a_dead_end(self, target):
        with pytest.raises(NonMarkovTaskTransitionError) as raised:
            chain(a=transition("b")(step()), b=target)

        assert str(raised.value) == (
            "Chain.b cannot be used as a target for a transition since it does not define any transitions of its own."
            "Used as a transition from a."
        )

    def test_tags(self):
        with pytest.raises(MarkovTaskTagError) as raised:
            chain(a=tag("x")(transition("a")(step())))

        assert str(raised.value) == (
            "Tags are unsupported for MarkovTaskSet since they can make the markov chain invalid. "
            "Tags detected on Chain.a: {'x'}"
        )

    def test_run(self):
        with pytest.raises(Exception, match=r"TaskSet\.run\(\) is a method used internally by Locust"):
            chain(run=transition("run")(step("run")))

    def test_on_start_only_warns(self, caplog):
        chain(on_start=transition("on_start")(step("on_start")))

        assert caplog.messages == [
            "You have tagged your on_stop/start function with @transition. "
            "This will make the method get called both as a step AND on stop/start."
        ]

    def test_a_task_that_no_way_leads_to_only_warns(self, caplog):
        chain(a=transition("a")(step()), b=transition("a")(step("b")))

        assert caplog.messages == ["The following markov tasks are unreachable in class Chain: {'b'}"]


class TestWalking:
    def test_it_starts_at_the_first_and_follows_the_transitions(self, run):
        walked = []

        class Walker(User):
            @task
            class Ring(MarkovTaskSet):
                @transition("b")
                def a(self):
                    walked.append("a")

                @transition("c")
                def b(self):
                    walked.append("b")

                @transition("a")
                def c(self):
                    walked.append("c")
                    if len(walked) == 6:
                        raise StopUser

        run(Walker)

        assert walked == ["a", "b", "c", "a", "b", "c"]

    def test_a_failed_task_is_followed_like_any_other(self, run):
        walked = []

        class Walker(User):
            @task
            class Ring(MarkovTaskSet):
                @transition("b")
                def a(self):
                    walked.append("a")
                    raise ValueError

                @transition("a")
                def b(self):
                    walked.append("b")
                    raise StopUser

        run(Walker)

        assert walked == ["a", "b"]

    def test_current_is_the_task_that_is_next(self, environment):
        ring = chain(a=transition("b")(step("a")), b=transition("a")(step("b")))(User(environment))

        assert [(ring.get_next_task().__name__, ring.current.__name__) for _ in range(3)] == [
            ("a", "b"),
            ("b", "a"),
            ("a", "b"),
        ]

    def test_tags_leave_chains_alone(self):
        ring = chain(a=transition("a")(step()))
        user_class = type("Walker", (User,), {"tasks": [ring]})

        filter_tasks_by_tags(user_class, {"x"}, {"y"})

        assert user_class.tasks == [ring]
