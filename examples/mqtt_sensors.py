"""Sensors that publish by MQTT (`pip install 'locust[mqtt]'`); one name for all topics of a kind.

locust -f examples/mqtt_sensors.py -H 127.0.0.1:1883
"""

import random

from locust import constant, task
from locust.contrib.mqtt import MqttClient, MqttUser


class NamedClient(MqttClient):
    def _generate_event_name(self, event_type, qos, topic):
        # sensors/4711/temperature: without the number of the sensor.
        return f"{event_type}: {topic.rpartition('/')[2]}"


class Sensor(MqttUser):
    wait_time = constant(0.2)
    client_cls = NamedClient

    def __init__(self, environment):
        host, _, port = (environment.host or "127.0.0.1").rpartition("//")[2].partition(":")
        self.host, self.port = host, int(port or 1883)
        super().__init__(environment)
        self.number = random.randint(1, 10_000)

    @task
    def measure(self):
        if self.client.is_connected():
            self.client.publish(f"sensors/{self.number}/temperature", f"{random.gauss(20, 2):.1f}", qos=1)

    def on_stop(self):
        self.client.disconnect()
        self.client.loop_stop()
