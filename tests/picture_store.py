"""The store behind temporary uploads: policies for it, forms into it, and links that live until they are killed.

    store.posts            # every upload as it arrived
    store.kill_links()     # from now on the service cannot fetch them any more

`answers` holds what the next uploads get instead of success: a Response, or None for success.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from email import message_from_bytes
from urllib.parse import unquote

from qwen_desktop.demo.frames import encode_json
from qwen_desktop.demo.http_head import Request
from qwen_desktop.demo.wire import HttpServer, Response

ORDER = [
    "OSSAccessKeyId",
    "Signature",
    "policy",
    "x-oss-object-acl",
    "x-oss-forbid-overwrite",
    "key",
    "success_action_status",
    "file",
]
DENIED = Response(
    403, b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Expired.</Message></Error>", "application/xml"
)


@dataclass(frozen=True)
class Upload:
    """One POST to the store."""

    headers: dict[str, str]
    body: bytes
    fields: list[str]
    """Names in their order."""
    key: str
    file: bytes
    file_name: str
    media_type: str


class PictureStore:
    """A loopback host of its own, with no idea of keys."""

    def __init__(self) -> None:
        self._http = HttpServer(self._handle)
        self.posts: list[Upload] = []
        self.policies: list[str] = []
        """Model of each policy that was asked for."""
        self.answers: list[Response | None] = []
        self.upload_host: str | None = None
        """What policies name instead of this store."""
        self.max_file_size_mb: float | None = 100
        self._links: dict[str, str] = {}
        """To the model each is for."""
        self._folders: dict[str, str] = {}

    @property
    def base_url(self) -> str:
        return self._http.base_url

    async def start(self) -> None:
        await self._http.start()

    async def close(self) -> None:
        await self._http.close()

    def links_for(self, model_id: str) -> frozenset[str]:
        return frozenset(link for link, model in self._links.items() if model == model_id)

    def kill_links(self) -> None:
        self._links.clear()

    def policy(self, request: Request, request_id: str) -> Response:
        """The answer of the service's `uploads`."""
        query = dict(part.partition("=")[::2] for part in request.query.split("&"))
        if query.get("action") != "getPolicy" or not query.get("model"):
            body = {"code": "InvalidParameter", "message": "action and model are required", "request_id": request_id}
            return Response(400, encode_json(body))
        model = unquote(query["model"])
        self.policies.append(model)
        folder = f"dashscope-instant/{uuid.uuid4().hex}/2026-11-23"
        self._folders[folder] = model
        data = {
            "policy": "eyJleHBpcmF0aW9uIjoiMjAyNi0xMS0yM1QwMDowNTowMFoifQ==",
            "signature": "g5K/signature+of=",
            "upload_dir": folder,
            "upload_host": self.base_url if self.upload_host is None else self.upload_host,
            "expire_in_seconds": 300,
            "max_file_size_mb": self.max_file_size_mb,
            "capacity_limit_mb": 999_999_999,
            "oss_access_key_id": "LTAI5t",
            "x_oss_object_acl": "private",
            "x_oss_forbid_overwrite": "true",
        }
        return Response(200, encode_json({"data": data, "request_id": request_id}))

    async def _handle(self, request: Request) -> Response:
        upload = _parsed(request)
        self.posts.append(upload)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            return answer
        folder, _, name = upload.key.rpartition("/")
        link = f"oss://{upload.key}"
        if upload.fields != ORDER or folder not in self._folders or not name or link in self._links:
            return DENIED
        self._links[link] = self._folders[folder]
        return Response(200, b"")


def _parsed(request: Request) -> Upload:
    content_type = request.headers.get("content-type", "")
    assert re.match(r"multipart/form-data; *boundary=", content_type), content_type
    form = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + request.body)
    parts = [part for part in form.get_payload() if not isinstance(part, str)]  # type: ignore[union-attr]
    names = [str(part.get_param("name", header="content-disposition")) for part in parts]
    values = [part.get_payload(decode=True) for part in parts]
    by_name = dict(zip(names, values, strict=True))
    return Upload(
        dict(request.headers),
        request.body,
        names,
        bytes(by_name["key"]).decode(),  # type: ignore[arg-type]
        bytes(by_name["file"]),  # type: ignore[arg-type]
        str(parts[-1].get_filename()),
        parts[-1].get_content_type(),
    )
