"""Small loopback proxies, HTTP and SOCKS5, that forward everything to one port or refuse by name; and certificates.

A client never asks a proxy for loopback, so tests ask for a name (`service.test`) that only the proxy can reach.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.loopback_relay import LoopbackRelay

HOST = "service.test"


class Proxy(LoopbackRelay):
    """Listens while its `async with` block runs.

    `mode`: 'forward'; 'http-407', 'http-502' (answers to CONNECT or a forwarded request), 'drop' (hangs up once asked),
    'socks-refuse' (the host cannot be reached).  `user_password`: what it asks for, as `user:password`."""

    def __init__(self, target_port: int, mode: str = "forward", *, user_password: str = "") -> None:
        super().__init__(target_port)
        self.asked: list[str] = []
        """First lines of HTTP requests, or `host:port` of SOCKS ones."""
        self.heads: list[str] = []
        self._mode = mode
        self._user_password = user_password

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                first = await reader.readexactly(1)
                await (self._serve_socks if first == b"\x05" else self._serve_http)(first, reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _serve_http(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = first + await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split(b"\r\n")[0].decode())
        self.heads.append(head.decode())
        expected = f"Basic {base64.b64encode(self._user_password.encode()).decode()}"
        if self._mode == "drop":
            return
        if self._mode.startswith("http-") or (self._user_password and expected not in head.decode()):
            status = self._mode.removeprefix("http-") if self._mode.startswith("http-") else "407"
            writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
            return
        begin = b""
        if head.startswith(b"CONNECT "):
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            begin = head
        await self._tunnel(begin, reader, writer)

    async def _serve_socks(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        wanted = 2 if self._user_password else 0
        if wanted not in methods:
            writer.write(b"\x05\xff")
            await writer.drain()
            return
        writer.write(bytes((5, wanted)))
        if wanted:
            await reader.readexactly(1)
            user = await reader.readexactly((await reader.readexactly(1))[0])
            password = await reader.readexactly((await reader.readexactly(1))[0])
            right = user + b":" + password == self._user_password.encode()
            writer.write(b"\x01\x00" if right else b"\x01\x01")
            if not right:
                await writer.drain()
                return
        _, _, _, kind = await reader.readexactly(4)
        assert kind == 3, "the name was looked up by the client"
        host = await reader.readexactly((await reader.readexactly(1))[0])
        port = int.from_bytes(await reader.readexactly(2))
        self.asked.append(f"{host.decode()}:{port}")
        if self._mode == "drop":
            return
        reply = 4 if self._mode == "socks-refuse" else 0
        writer.write(bytes((5, reply, 0, 1, 0, 0, 0, 0, 0, 0)))
        await writer.drain()
        if not reply:
            await self._tunnel(b"", reader, writer)

    async def _tunnel(self, begin: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        far_writer.write(begin)
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(_pump(reader, far_writer))
                pumps.create_task(_pump(far_reader, writer))
        finally:
            far_writer.close()
            with contextlib.suppress(ConnectionError):
                await far_writer.wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()


def make_certificate(folder: Path, *, name: str = HOST) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context with a self-signed certificate for `name` and 127.0.0.1, and the file to trust it by."""
    private_key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private_key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "private-key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    return context, certificate_file
