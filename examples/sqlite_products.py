"""Test data from a database: an SQLite file with products, each asked for at random."""

import contextlib
import sqlite3
import tempfile
from pathlib import Path

import locust
from locust import FastHttpUser, constant, task

# You would have the file already.
DATABASE = Path(tempfile.mkdtemp()) / "shop.sqlite"
with contextlib.closing(sqlite3.connect(DATABASE)) as shop, shop:
    shop.execute("CREATE TABLE products (id INTEGER PRIMARY KEY, price INTEGER)")
    shop.executemany("INSERT INTO products (price) VALUES (?)", [(number * 7,) for number in range(1, 501)])

products = locust.feed(str(DATABASE), query="SELECT id, price FROM products WHERE price < 1000", mode="random")


class Customer(FastHttpUser):
    wait_time = constant(0.2)

    @task
    def look_at_a_product(self):
        self.client.get(f"/users/{next(products)['id']}", name="/products/{id}")
