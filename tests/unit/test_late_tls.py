"""asyncio gets its TLS late, and then it is the same: in processes of their own, since this one has `ssl` already."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.faults.proxies import make_certificate

ROOT = Path(__file__).resolve().parents[2]

LATE = """
import sys
from qwen_desktop.core.late_tls import give_asyncio_tls, import_asyncio
import_asyncio()
import asyncio
assert "_ssl" not in sys.modules, "OpenSSL is loaded"
assert "ssl" not in sys.modules, "nothing is left in its place"
"""

EXCHANGE = """
import ssl
server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_tls.load_cert_chain(sys.argv[1], sys.argv[2])
client_tls = ssl.create_default_context(cafile=sys.argv[1])
async def answer(reader, writer):
    writer.write(b"heard " + await reader.readline())
    await writer.drain()
    writer.close()
async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server_tls)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_tls, server_hostname="localhost")
    assert writer.get_extra_info("ssl_object").version().startswith("TLSv1")
    writer.write(b"hello\\n")
    print((await reader.read()).decode(), end="")
    writer.close()
    try:
        await asyncio.open_connection("127.0.0.1", port, ssl=ssl.create_default_context(), server_hostname="localhost")
    except ssl.SSLCertVerificationError:
        print("a stranger is refused")
    server.close()
asyncio.run(main())
"""


def run(source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", source, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
    )


def certificate(folder: Path) -> tuple[str, str]:
    """File of a certificate for localhost, and of its key."""
    _, file = make_certificate(folder, name="localhost")
    return str(file), str(file.with_name("private-key.pem"))


def test_asyncio_speaks_tls_after_it_was_given_it(tmp_path: Path) -> None:
    done = run(LATE + "give_asyncio_tls()\n" + EXCHANGE, *certificate(tmp_path))
    assert (done.stdout, done.returncode) == ("heard hello\na stranger is refused\n", 0), done.stderr


def test_without_it_asyncio_says_so(tmp_path: Path) -> None:
    done = run(LATE + EXCHANGE, *certificate(tmp_path))
    assert done.returncode == 1
    assert "ssl" in done.stderr


def test_the_http_client_gives_it() -> None:
    done = run(
        LATE
        + """
from qwen_desktop.core.providers.transport import Transport
async def main():
    await Transport().aclose()
asyncio.run(main())
import ssl
assert all(module.ssl is ssl for name, module in sys.modules.items() if name.startswith("asyncio.")
           and hasattr(module, "ssl"))
"""
    )
    assert done.returncode == 0, done.stderr


def test_an_asyncio_that_has_tls_is_left_alone() -> None:
    done = run(
        """
import asyncio, asyncio.sslproto, sys
from qwen_desktop.core.late_tls import give_asyncio_tls, import_asyncio
before = asyncio.sslproto.SSLProtocol
import_asyncio()
give_asyncio_tls()
import ssl
assert asyncio.sslproto.ssl is ssl and asyncio.sslproto.SSLProtocol is before
"""
    )
    assert done.returncode == 0, done.stderr


def test_httpx_comes_without_its_command_line() -> None:
    """That would bring click and rich, where they are installed: they are here, with the test tools."""
    done = run(
        """
import asyncio, sys
from qwen_desktop.core.providers.addresses import parse_base_url
from qwen_desktop.core.providers.transport import Transport
async def main():
    transport = Transport()
    async with transport.borrow(parse_base_url("http://127.0.0.1:9")):
        pass
    await transport.aclose()
asyncio.run(main())
assert "httpx" in sys.modules
assert not {"click", "rich", "httpx._main"} & set(sys.modules)
"""
    )
    assert done.returncode == 0, done.stderr


def test_an_absent_module_is_there_again_afterwards() -> None:
    done = run(
        """
import sys
from qwen_desktop.core.absent import absent
with absent("colorsys"):
    try:
        import colorsys
    except ImportError:
        print("absent")
import colorsys
with absent("colorsys"):
    import colorsys
print("there")
"""
    )
    assert done.stdout == "absent\nthere\n", done.stderr
