"""Apache Kafka: broker and controller in one process (KRaft)."""

from __future__ import annotations

import base64
import socket
import subprocess
import uuid
from pathlib import Path
from typing import ClassVar

from herofactory.platform.eventlog.kafka.access import KafkaAccess
from tests.stack.home import Home
from tests.stack.ports import HOST, free_port
from tests.stack.server import Server, StackError, java_command, log4j_file, properties
from tests.stack.servers.certificate import make_certificate

# ApiVersions v0, correlation id 1, client "probe": an open port alone does not mean that requests are answered.
API_VERSIONS = b"\x00\x12\x00\x00" + b"\x00\x00\x00\x01" + b"\x00\x05probe"
ANSWERED = b"\x00\x00\x00\x01" + b"\x00\x00"
PROBE_S = 2.0
USER, PASSWORD = "hero", "s3cret"
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


class Kafka(Server):
    name: ClassVar[str] = "kafka"

    def __init__(self, home: Home, jars: Path) -> None:
        super().__init__(home)
        self._class_path = f"{jars}/*"
        self.port, self._controller_port, self._secure_port = free_port(), free_port(), free_port()
        self.far_target, self.far_port = free_port(), free_port()
        """Whoever comes by way of a proxy is sent on to `far_port`, where the proxy has to listen, by `far_target`."""

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def access(self) -> KafkaAccess:
        """The way in at `secure`: encrypted, with a user."""
        return KafkaAccess("SASL_SSL", "PLAIN", USER, PASSWORD, make_certificate(self.folder)[1])

    @property
    def secure(self) -> str:
        return f"{HOST}:{self._secure_port}"

    def command(self) -> list[str]:
        file = self.folder / "server.properties"
        file.write_text(self._properties(), encoding="utf-8")
        if not (self._logs / "meta.properties").exists():
            self._format(file)
        return self._java("kafka.Kafka", str(file))

    def is_ready(self) -> bool:
        with socket.create_connection((HOST, self.port), PROBE_S) as connection:
            connection.sendall(len(API_VERSIONS).to_bytes(4, "big") + API_VERSIONS)
            with connection.makefile("rb") as answer:
                return answer.read(4 + len(ANSWERED))[4:] == ANSWERED

    @property
    def _logs(self) -> Path:
        return self.folder / "logs"

    def _java(self, *words: str) -> list[str]:
        return java_command("512m", self._class_path, *words, log4j=log4j_file(self.folder))

    def _format(self, file: Path) -> None:
        words = ["kafka.tools.StorageTool", "format", f"--cluster-id={_cluster_id()}", f"--config={file}"]
        told = subprocess.run(
            self._java(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if told.returncode != 0:
            raise StackError(f"kafka storage cannot be formatted:\n{told.stdout[-2000:]}")

    def _properties(self) -> str:
        broker, controller = f"{HOST}:{self.port}", f"{HOST}:{self._controller_port}"
        return properties(
            {
                "process.roles": "broker,controller",
                "node.id": 1,
                "controller.quorum.voters": f"1@{controller}",
                "controller.listener.names": "CONTROLLER",
                "listeners": f"PLAINTEXT://{broker},SECURE://{self.secure},FAR://{HOST}:{self.far_target},"
                f"CONTROLLER://{controller}",
                "advertised.listeners": f"PLAINTEXT://{broker},SECURE://{self.secure},FAR://{HOST}:{self.far_port}",
                "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL,FAR:PLAINTEXT,"
                "CONTROLLER:PLAINTEXT",
                "listener.name.secure.ssl.keystore.type": "PEM",
                "listener.name.secure.ssl.keystore.location": make_certificate(self.folder)[0],
                "listener.name.secure.sasl.enabled.mechanisms": "PLAIN",
                "listener.name.secure.plain.sasl.jaas.config": f'{PLAIN} required user_{USER}="{PASSWORD}";',
                "inter.broker.listener.name": "PLAINTEXT",
                "log.dirs": self._logs,
                # Topics are created by whoever owns them, never by a typing error.
                "auto.create.topics.enable": "false",
                "num.partitions": 4,
                "offsets.topic.num.partitions": 4,
                "offsets.topic.replication.factor": 1,
                "transaction.state.log.num.partitions": 4,
                "transaction.state.log.replication.factor": 1,
                "transaction.state.log.min.isr": 1,
                "share.coordinator.state.topic.replication.factor": 1,
                "share.coordinator.state.topic.min.isr": 1,
                "group.initial.rebalance.delay.ms": 0,
                "log.segment.bytes": 128 * 2**20,
                "log.cleaner.dedupe.buffer.size": 16 * 2**20,
                "num.network.threads": 2,
                "num.io.threads": 4,
            }
        )


def _cluster_id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
