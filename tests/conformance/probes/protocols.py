"""Answers what users of `locust.contrib` report, give and raise at the servers whose addresses are the question."""

# isort: off
import locust  # the first: it patches what the others import
# isort: on

import json
import os
import pathlib
import sys
import tempfile
import time
import warnings

import dns.message
import paho.mqtt.client as paho
from qdrant_client import models

from locust.contrib.csv_request_logger import CsvRequestLogger
from locust.contrib.dns import DNSUser
from locust.contrib.mongodb import MongoDBUser
from locust.contrib.mqtt import MqttClient, MqttUser
from locust.contrib.postgres import PostgresUser
from locust.contrib.qdrant import QdrantUser
from locust.contrib.socketio import SocketIOUser
from locust.env import Environment

ADDRESSES = {}
CASES = {}
DEADLINE_SECONDS = 4
reports = []
locust.events.request.add_listener(lambda **report: reports.append(report))


def case(name):
    def add(function):
        CASES[name] = function
        return function

    return add


def user(base, **attributes):
    return type("Tested", (base,), attributes)(Environment(events=locust.events))


def wait_for(count):
    """Waits until there are so many reports, and a little for those too many."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while len(reports) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)


def shown(error):
    if error is None:
        return None
    # Of a database's or a library's own text, only the kind: it tells addresses and versions.
    text = str(error) if type(error).__module__ in ("builtins", "locust.exception") else ""
    return f"{type(error).__name__}: {text.splitlines()[0] if text else ''}"


def row(report):
    context = report.get("context") or {}
    return {
        "type": report["request_type"],
        "name": report["name"],
        "length": report["response_length"],
        "error": shown(report.get("exception")),
        "context": sorted(context),
        "keys": sorted(report),
    }


def attempt(act):
    try:
        return {"gave": act()}
    except Exception as error:
        return {"raised": shown(error)}


# --- MQTT


def mqtt(count, act=None, **attributes):
    client = user(MqttUser, **{"host": "127.0.0.1", "port": ADDRESSES["mqtt"], **attributes}).client
    wait_for(1)
    gave = act(client) if act else None
    wait_for(count)
    before = len(reports)
    client.disconnect()
    wait_for(before + 1)
    client.loop_stop()
    return gave


@case("mqtt connect")
def _():
    mqtt(1)


@case("mqtt publish")
def _():
    def act(client):
        for qos, payload in enumerate([b"bytes", "text", 12.5]):
            client.publish("a/b", payload, qos=qos)
            wait_for(2 + qos)
        client.publish("a/b")

    mqtt(5, act)


@case("mqtt subscribe")
def _():
    def act(client):
        for number, topic in enumerate(["a/#", [("x", 1), ("y", 0)], ("z", 2)]):
            client.subscribe(topic, qos=1)
            wait_for(2 + number)

    mqtt(4, act)


@case("mqtt wrong topics")
def _():
    def act(client):
        return [
            attempt(lambda: client.publish("a/#", "x")),
            attempt(lambda: client.publish("a", "x", qos=3)),
            attempt(lambda: client.subscribe("")),
        ]

    return mqtt(1, act)


@case("mqtt without a connection")
def _():
    def act(client):
        client.disconnect()
        wait_for(2)
        return [client.publish("a", "x", 1).rc, client.subscribe("a")[0]]

    return mqtt(4, act)


@case("mqtt 5")
def _():
    def act(client):
        client.subscribe("a", 1)
        wait_for(2)
        client.publish("a", "x", 1)

    mqtt(3, act, protocol=paho.MQTTv5)


@case("mqtt with selectors")
def _():
    mqtt(2, lambda client: client.publish("a", "x", 1).rc, use_loop_selectors=True)


@case("mqtt by websocket")
def _():
    mqtt(2, lambda client: client.publish("a", "x", 1).rc, port=ADDRESSES["mqtt websocket"], transport="websockets")


@case("mqtt signed in")
def _():
    mqtt(1, port=ADDRESSES["mqtt guarded"], username="ada", password="lovelace")


@case("mqtt wrong password")
def _():
    # It tries again after a second: only the first two.
    mqtt(2, port=ADDRESSES["mqtt guarded"], username="ada", password="wrong")
    del reports[2:]


@case("mqtt own names")
def _():
    class Named(MqttClient):
        def _generate_event_name(self, event_type, qos, topic):
            return f"{event_type} {qos} {topic}"

    mqtt(2, lambda client: client.publish("a", "x", 1).rc, client_cls=Named, client_id="me")
    return [report["context"]["client_id"] for report in reports]


@case("mqtt without a host")
def _():
    return attempt(lambda: user(MqttUser, host=None))


@case("mqtt without a broker")
def _():
    client = user(MqttUser, host="127.0.0.1", port=1).client
    # It tries again after a second: only the first.
    time.sleep(0.5)
    client.disconnect()
    client.loop_stop()
    del reports[1:]


# --- PostgreSQL


def postgres(*queries):
    client = user(PostgresUser, conn_string=ADDRESSES["postgres"]).client
    gave = [client.execute_query(query) for query in queries]
    client.close()
    return gave


@case("postgres queries")
def _():
    return postgres("SELECT 1", "CREATE TEMPORARY TABLE t (i int)", "INSERT INTO t VALUES (1), (2)", "TABLE t")


@case("postgres wrong query")
def _():
    return postgres("SELEC 1", "SELECT 1", "ROLLBACK", "SELECT 1")


@case("postgres percent sign")
def _():
    return postgres("SELECT 'a%b', 7 % 2")


@case("postgres after its end")
def _():
    tested = user(PostgresUser, conn_string=ADDRESSES["postgres"])
    tested.on_stop()
    return tested.client.execute_query("SELECT 1")


@case("postgres without a server")
def _():
    return attempt(lambda: user(PostgresUser, conn_string="postgresql://nobody@127.0.0.1:1/none"))


@case("postgres without a connection string")
def _():
    return attempt(lambda: user(PostgresUser))


# --- MongoDB


def mongodb(*queries, address=None):
    tested = user(MongoDBUser, conn_string=address or ADDRESSES["mongodb"], db_name="shop")
    gave = [attempt(lambda query=query: tested.client.execute_query(*query)) for query in queries]
    tested.on_stop()
    return gave


@case("mongodb queries")
def _():
    return mongodb(("goods", {"a": 1}), ("goods", {}), ("goods", None))


@case("mongodb wrong queries")
def _():
    return mongodb(("goods", {"$wrong": 1}), ("", {}), ("goods", "text"))


@case("mongodb without a server")
def _():
    return mongodb(("goods", {}), address="mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200")


# --- DNS

HERE, GONE = (dns.message.make_query(name, "A") for name in ("here.test", "gone.test"))


def ask(function, *arguments, **keywords):
    client = user(DNSUser).client

    def act():
        answer = getattr(client, function)(*arguments, **{"port": ADDRESSES["dns"], "timeout": 2, **keywords})
        return None if answer is None else [str(found) for found in answer.answer]

    return attempt(act)


@case("dns udp")
def _():
    return ask("udp", HERE, "127.0.0.1")


@case("dns tcp with a name")
def _():
    return ask("tcp", HERE, "127.0.0.1", name="by TCP")


@case("dns no such name")
def _():
    return ask("udp", GONE, "127.0.0.1")


@case("dns timeout")
def _():
    return ask("udp", HERE, "127.0.0.1", port=1, timeout=0.1)


@case("dns refused")
def _():
    return ask("tcp", HERE, "127.0.0.1", port=1)


@case("dns no such function")
def _():
    return ask("nonsense", HERE, "127.0.0.1")


@case("dns text for a message")
def _():
    return ask("udp", "here.test", "127.0.0.1")


@case("dns with fallback")
def _():
    return ask("udp_with_fallback", HERE, "127.0.0.1")


# --- Socket.IO


def socketio(*acts, options=None):
    tested = user(SocketIOUser, options={"reconnection": False, **(options or {})})
    gave = []
    for act in acts:
        gave.append(attempt(lambda act=act: act(tested.sio)))
        time.sleep(0.15)
    tested.sio_greenlet.kill()
    return gave


def connect(client):
    return client.connect(ADDRESSES["socketio"], transports=["websocket"])


@case("socketio connect")
def _():
    return socketio(connect, connect)


@case("socketio emit and receive")
def _():
    return socketio(connect, lambda client: client.emit("push", "abc"), lambda client: client.emit("push", {"a": 1}))


@case("socketio send")
def _():
    return socketio(connect, lambda client: client.send("hello"), lambda client: client.send("hello", name="mine"))


@case("socketio call")
def _():
    return socketio(connect, lambda client: client.call("echo", {"a": 1}), lambda client: client.call("echo", "text"))


@case("socketio number")
def _():
    return socketio(connect, lambda client: client.call("echo", 7))


@case("socketio own handler")
def _():
    received = []

    def listen(client):
        client.on("pushed", received.append)

    socketio(listen, connect, lambda client: client.emit("push", "abc"))
    return received


@case("socketio late answer")
def _():
    return socketio(connect, lambda client: client.call("slow", "0", timeout=0.1))


@case("socketio without a connection")
def _():
    return socketio(lambda client: client.emit("echo", "x"), lambda client: client.send("x"))


@case("socketio without a server")
def _():
    socketio(lambda client: client.connect("http://127.0.0.1:1"))
    return [type(report["exception"]).__name__ for report in reports]


@case("socketio unknown option")
def _():
    return attempt(lambda: socketio(options={"nonsense": 1}))


# --- OpenAI


def openai(act):
    os.environ["OPENAI_API_KEY"] = "none"
    os.environ["OPENAI_BASE_URL"] = ADDRESSES["openai"] + "/v1"
    from locust.contrib.oai import OpenAIUser

    client = user(OpenAIUser).client
    client.max_retries = 0
    return attempt(lambda: act(client))


@case("openai list")
def _():
    return openai(lambda client: [model.id for model in client.models.list()])


@case("openai response")
def _():
    return openai(lambda client: client.responses.create(model="m", input="hello").usage.output_tokens)


@case("openai chat")
def _():
    said = [{"role": "user", "content": "hello"}]
    return openai(lambda client: client.chat.completions.create(model="m", messages=said).choices[0].message.content)


@case("openai renamed")
def _():
    def act(client):
        with client.rename_request("mine"):
            client.models.list()
        client.models.list()

    return openai(act)


@case("openai no such model")
def _():
    return openai(lambda client: client.responses.create(model="missing", input="hello"))


@case("openai no JSON")
def _():
    return openai(lambda client: client.responses.create(model="broken", input="hello"))


@case("openai stream")
def _():
    said = [{"role": "user", "content": "hello"}]
    return openai(
        lambda client: [
            piece.choices[0].delta.content
            for piece in client.chat.completions.create(model="m", messages=said, stream=True)
        ]
    )


# --- Qdrant


def qdrant(*acts, **attributes):
    size = models.VectorParams(size=2, distance=models.Distance.COSINE)
    memory = {
        "url": None,
        "collection_name": "points",
        "vectors_config": size,
        "client_kwargs": {"location": ":memory:"},
    }
    tested = user(QdrantUser, **{**memory, **attributes})
    gave = [act(tested) for act in acts]
    tested.on_stop()
    return [{key: str(type(value)) for key, value in sorted(outcome.items())} for outcome in gave]


@case("qdrant operations")
def _():
    points = [models.PointStruct(id=number, vector=[number, 1]) for number in range(5)]
    return qdrant(
        lambda tested: tested.upsert(points),
        lambda tested: tested.search([1, 1], limit=2),
        lambda tested: tested.scroll(limit=2),
        lambda tested: tested.delete(models.PointIdsList(points=[1])),
    )


@case("qdrant wrong operations")
def _():
    return qdrant(
        lambda tested: tested.search([1]), lambda tested: tested.scroll(limit="x"), lambda tested: tested.delete("x")
    )


@case("qdrant without a collection")
def _():
    return attempt(lambda: qdrant(collection_name=None))


@case("qdrant without a server")
def _():
    quiet = {"check_compatibility": False}
    return qdrant(
        lambda tested: tested.search([1, 1]), url="http://127.0.0.1:1", vectors_config=None, client_kwargs=quiet
    )


# --- CSV


@case("csv lines")
def _():
    environment = Environment()
    log = CsvRequestLogger("requests.csv", flush_interval=2)
    log.register(environment)
    report = {
        "request_type": "GET",
        "name": 'a,"b"\nc',
        "response_time": 1.236,
        "response_length": 3,
        "start_time": 1.5,
    }

    class Response:
        status_code = 404

    for changed in (
        {"response": Response()},
        {"response": Response(), "exception": ValueError("no\ngood")},
        {"response": None, "exception": "text"},
        {"response_time": None, "response_length": None},
        {"start_time": 1700000000.1234567, "response_time": 0.1 + 0.2},
    ):
        environment.events.request.fire(**{"exception": None, "context": {}, **report, **changed})
    before = pathlib.Path("requests.csv").read_text()
    environment.events.quitting.fire(environment=environment)
    environment.events.request.fire(**{"exception": None, "context": {}, **report})
    return [before, pathlib.Path("requests.csv").read_text()]


@case("csv in no folder")
def _():
    return attempt(lambda: CsvRequestLogger("no/requests.csv").register(Environment()))


# --- Milvus, the last: gRPC stays in the process.


def milvus(*acts):
    from pymilvus import DataType, MilvusClient

    from locust.contrib.milvus import MilvusUser

    schema = MilvusClient.create_schema(auto_id=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
    index = MilvusClient.prepare_index_params()
    index.add_index("vector", index_type="FLAT", metric_type="L2")
    uri = os.path.join(tempfile.mkdtemp(dir="."), "points.db")

    class Tested(MilvusUser):
        def __init__(self, environment):
            super().__init__(environment, uri=uri, collection_name="points", schema=schema, index_params=index)

    tested = Tested(Environment(events=locust.events))
    tested.insert([{"id": number, "vector": [number, 0]} for number in range(5)])
    told = ("recall", "empty")
    return [
        {key: str(value if key in told else type(value)) for key, value in sorted(act(tested).items())} for act in acts
    ]


@case("milvus operations")
def _():
    return milvus(
        lambda tested: tested.upsert([{"id": 1, "vector": [1, 1]}]),
        lambda tested: tested.search([[1, 0]], "vector", 2),
        lambda tested: tested.query("id > 100"),
        lambda tested: tested.delete("id == 1"),
    )


@case("milvus recall")
def _():
    def search(truth):
        return lambda tested: tested.search([[1, 0]], "vector", 2, calculate_recall=True, ground_truth=truth)

    return milvus(search([1, 0]), search([1, 9]), search([9, 8]), search([1]), search(None))


@case("milvus wrong operations")
def _():
    return milvus(
        lambda tested: tested.query("nonsense nonsense"),
        lambda tested: tested.insert([{"id": "x"}]),
        lambda tested: tested.delete("((("),
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    ADDRESSES.update(json.loads(sys.stdin.read()))
    answers = {}
    for name, act in CASES.items():
        del reports[:]
        began = time.monotonic()
        gave = attempt(act)
        print(f"{time.monotonic() - began:.1f} s: {name}", file=sys.stderr)
        answers[name] = {"rows": [row(report) for report in reports], "outcome": gave}
    print(json.dumps(answers, default=str), flush=True)
    os._exit(0)
