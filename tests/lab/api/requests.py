"""What each request gets: authorization, lists, single objects, reviews, exec."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.lab.api import discovery
from tests.lab.api.answers import json_answer, no_such_path
from tests.lab.api.exec_request import exec_pod
from tests.lab.api.paging import page
from tests.lab.api.places import Resolver
from tests.lab.api.rbac import Ask, User, refusal
from tests.lab.api.resources import ApiPath, Resource, parse_path
from tests.lab.api.reviews import asked, review, self_review
from tests.lab.api.selectors import field_test, label_test
from tests.lab.api.status import ApiError, Json, not_found
from tests.lab.api.store import Object, Store
from tests.lab.api.table import table, wants_table

_VERBS: Mapping[str, str] = {
    "POST": "create",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
}


@dataclass(frozen=True, slots=True)
class Options:
    """How this server differs from others.

    `exec_needs_create`: exec over WebSocket needs `create` on pods/exec too (the API server's
    AuthorizePodWebsocketUpgradeCreatePermission, of 1.35 on), not only `get`.
    `pending_is_bad_request`: exec into a container that does not run is refused with 400 before the
    upgrade; otherwise as a kubelet does: 500 to v4, the error channel to v5.
    """

    exec_needs_create: bool = False
    pending_is_bad_request: bool = True
    minor_version: int = 32


@dataclass(slots=True)
class Api:
    """The API over a store: from a request of a known user to its answer."""

    store: Store
    resolver: Resolver
    options: Options = field(default_factory=Options)

    async def answer(
        self, request: web.Request, user: User, break_exec_after: int | None
    ) -> web.StreamResponse:
        """The answer to one request; raises ApiError."""
        simple = self._discovery(request)
        if simple is not None:
            return simple
        path = parse_path(request.rel_url.raw_path)
        if path is None or not path.resource:
            return no_such_path()
        if request.method == "POST" and path.resource == "selfsubjectaccessreviews":
            ask = asked(await request.read())
            return json_answer(request, review(ask, user.may(ask)), 201)
        if request.method == "POST" and path.resource == "selfsubjectreviews":
            return json_answer(request, self_review(user), 201)
        if path.subresource == "exec" and (path.group, path.resource) == ("", "pods"):
            self._authorize_exec(request, user, path)
            return await exec_pod(
                request, path, self.store, self.resolver,
                bad_request_if_pending=self.options.pending_is_bad_request,
                break_after_bytes=break_exec_after,
            )  # fmt: skip
        return self._objects(request, user, path)

    def _discovery(self, request: web.Request) -> web.Response | None:
        resources = self.store.resources()
        parts = request.path.strip("/").split("/")
        answer: Json | None
        match parts:
            case ["healthz" | "livez" | "readyz"]:
                return web.Response(text="ok")
            case ["version"]:
                answer = discovery.version(self.options.minor_version)
            case ["api"]:
                answer = discovery.api_versions(request.host)
            case ["apis"]:
                answer = discovery.api_groups(resources)
            case ["apis", group]:
                groups = discovery.api_groups(resources)["groups"]
                answer = next((one for one in groups if one["name"] == group), None)
            case ["api", version]:
                answer = discovery.api_resources("", version, resources)
            case ["apis", group, version]:
                answer = discovery.api_resources(group, version, resources)
            case _:
                return None
        return no_such_path() if answer is None else json_answer(request, answer)

    def _objects(self, request: web.Request, user: User, path: ApiPath) -> web.Response:
        reads = request.method in ("GET", "HEAD")
        watches = request.query.get("watch", "") in ("1", "true")
        verb = _VERBS.get(request.method, "")
        if reads:
            verb = "get" if path.name else "watch" if watches else "list"
        _authorize(user, path, verb)
        if not reads or watches:
            raise ApiError(405, "the server does not allow this method on the requested resource")
        resource = self.store.resource(path.group, path.version, path.resource)
        if resource is None and path.group and not self._serves(path.group, path.version):
            return no_such_path()
        if resource is None or path.subresource or (path.namespace and not resource.namespaced):
            raise ApiError(404, "the server could not find the requested resource", {})
        if path.name:
            return self._one(request, resource, path)
        return self._list(request, resource, path)

    def _serves(self, group: str, version: str) -> bool:
        return any((r.group, r.version) == (group, version) for r in self.store.resources())

    def _one(self, request: web.Request, resource: Resource, path: ApiPath) -> web.Response:
        found = self.store.find(resource, path.namespace, path.name)
        if found is None:
            raise not_found(resource.plural, resource.group, path.name)
        return json_answer(request, _presented(request, resource, [found], {}, found))

    def _list(self, request: web.Request, resource: Resource, path: ApiPath) -> web.Response:
        labels = label_test(request.query.get("labelSelector", ""))
        fields = field_test(request.query.get("fieldSelector", ""), resource)
        items = [
            item
            for item in self.store.objects(resource, path.namespace)
            if labels(item) and fields(item)
        ]
        revision = self.store.revision
        token = request.query.get("continue", "")
        shown, following, remaining = page(items, _limit(request), token, revision)
        metadata: Json = {"resourceVersion": str(revision)}
        if following:
            metadata["continue"] = following
            # The API server does not count what a selector leaves.
            if not request.query.get("labelSelector") and not request.query.get("fieldSelector"):
                metadata["remainingItemCount"] = remaining
        listed: Json = {
            "kind": f"{resource.kind}List",
            "apiVersion": resource.group_version,
            "metadata": metadata,
            "items": [_list_item(item, resource) for item in shown],
        }
        return json_answer(request, _presented(request, resource, list(shown), metadata, listed))

    def _authorize_exec(self, request: web.Request, user: User, path: ApiPath) -> None:
        # Over SPDY exec is a POST; over WebSocket a GET, whose verb is get.
        if request.method == "POST":
            _authorize(user, path, "create")
            return
        _authorize(user, path, "get")
        if self.options.exec_needs_create:
            _authorize(user, path, "create")


def _authorize(user: User, path: ApiPath, verb: str) -> None:
    resource = f"{path.resource}/{path.subresource}" if path.subresource else path.resource
    # A namespace is an object in itself: the API server asks with its own name as namespace.
    own = path.name if (path.group, path.resource) == ("", "namespaces") else ""
    ask = Ask(verb, path.group, resource, path.namespace or own, path.name)
    if not user.may(ask):
        raise refusal(user.name, ask)


def _list_item(item: Object, resource: Resource) -> Object:
    """Items of typed lists carry no kind and apiVersion; those of CRDs do."""
    if not resource.builtin:
        return item
    return {key: value for key, value in item.items() if key not in ("kind", "apiVersion")}


def _presented(
    request: web.Request, resource: Resource, items: list[Object], metadata: Json, plain: Any
) -> Any:
    if not wants_table(request.headers.get("Accept", "")):
        return plain
    include = request.query.get("includeObject", "Metadata")
    return table(resource, items, metadata, include, datetime.now(UTC))


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", "0")
    try:
        return int(text)
    except ValueError:
        raise ApiError(400, f'strconv.ParseInt: parsing "{text}": invalid syntax') from None
