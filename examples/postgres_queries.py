"""Queries to PostgreSQL (`pip install 'locust[postgres]'`); rows in the statistics of their own, by a small wrapper.

DATABASE_URL=postgresql://user:password@127.0.0.1:5432/shop locust -f examples/postgres_queries.py
"""

import os

from locust import constant, task
from locust.contrib.postgres import PostgresUser


class Analyst(PostgresUser):
    conn_string = os.environ.get("DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
    wait_time = constant(0.2)

    def on_start(self):
        # Each query for itself, instead of all in one transaction.
        self.client.connection.autocommit = True

    @task
    def count(self):
        self.client.execute_query("SELECT count(*) FROM generate_series(1, 1000)")

    @task
    def a_transaction(self):
        # psycopg's connection is at hand for what execute_query can't do; `measure` reports it.
        with self.environment.events.request.measure("postgres", "transfer"), self.client.connection.transaction():
            row = self.client.connection.execute("SELECT %s::int + 1", (41,)).fetchone()
            assert row == (42,)
