"""What a page embeds is got, too."""

import os

from locust_plugins.users.resource import FastHttpUserWithResources, HttpUserWithResources

from locust import constant, task

HOST = os.environ["PAGE"].rpartition("/")[0]


class Slow(HttpUserWithResources):
    host = HOST
    wait_time = constant(0.1)
    bundle_resource_stats = False

    @task
    def page(self):
        self.client.get("/embedding.html")


class Fast(FastHttpUserWithResources):
    host = HOST
    wait_time = constant(0.1)
    default_resource_filter = ".*(css|png)"

    @task
    def page(self):
        self.client.get("/embedding.html", name="page")
        self.client.get("/embedding.html", include_resources=False, name="alone")
