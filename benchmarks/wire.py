"""The truth about response times: packets of the loopback interface with the kernel's time stamps.

The capture only collects (the kernel queues the packets in a large buffer); it is read when the load is over, so that
it takes no time from the load.
"""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
from types import TracebackType

from benchmarks.targets import MissingError

ETHERNET_IP = 0x0800
SO_ATTACH_FILTER = 26
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
SOL_PACKET = 263
PACKET_STATISTICS = 6
BUFFER_BYTES = 2**31 - 1 >> 1
SNAP_BYTES = 120
# A packet that long carries something: 20 bytes IP, 32 TCP with time stamps.
LONGEST_EMPTY_PACKET_BYTES = 60


class WireCapture:
    """Records requests to and responses from a port of 127.0.0.1 while it is entered."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.dropped = 0
        self.response_times_ms: list[float] = []

    def __enter__(self) -> WireCapture:
        try:
            # Only the receiving side of loopback is seen under a given protocol: each packet once.
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        except (AttributeError, PermissionError):
            raise MissingError("the right to capture packets (Linux, root or CAP_NET_RAW and CAP_NET_ADMIN)") from None
        self._socket.setblocking(False)
        with contextlib.suppress(PermissionError):
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._attach_filter()
        self._socket.bind(("lo", ETHERNET_IP))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._read()
        self._socket.close()

    def percentile_ms(self, share: float) -> float:
        """The response time below which this share of the responses came."""
        ordered = sorted(self.response_times_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def _attach_filter(self) -> None:
        program = [
            (0x28, 0, 0, 2),  # IP: total length
            (0x25, 0, 8, LONGEST_EMPTY_PACKET_BYTES),
            (0x30, 0, 0, 9),  # IP: protocol
            (0x15, 0, 6, socket.IPPROTO_TCP),
            (0xB1, 0, 0, 0),  # X = length of the IP header
            (0x48, 0, 0, 0),  # TCP: source port
            (0x15, 2, 0, self._port),
            (0x48, 0, 0, 2),  # TCP: destination port
            (0x15, 0, 1, self._port),
            (0x06, 0, 0, SNAP_BYTES),
            (0x06, 0, 0, 0),
        ]
        code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
        pointer = struct.pack("HL", len(program), ctypes.addressof(code))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, pointer)

    def _read(self) -> None:
        started: dict[bytes, float] = {}
        ended: dict[bytes, float] = {}
        server = self._port.to_bytes(2, "big")
        while True:
            try:
                packet, ancillary, _, _ = self._socket.recvmsg(SNAP_BYTES, 64)
            except BlockingIOError:
                break
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            at_ms = seconds * 1e3 + nanoseconds / 1e6
            ip_bytes = (packet[0] & 15) * 4
            tcp_bytes = (packet[ip_bytes + 12] >> 4) * 4
            if int.from_bytes(packet[2:4], "big") == ip_bytes + tcp_bytes:
                continue
            source, destination = packet[ip_bytes : ip_bytes + 2], packet[ip_bytes + 2 : ip_bytes + 4]
            if source == server:
                ended[destination] = at_ms
                continue
            # A capture that begins within an exchange has seen its response only.
            if source in ended and source in started:
                self.response_times_ms.append(ended.pop(source) - started[source])
            ended.pop(source, None)
            started[source] = at_ms
        self.response_times_ms += [at_ms - started[port] for port, at_ms in ended.items() if port in started]
        statistics = self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        self.dropped = struct.unpack("II", statistics)[1]
