"""A method for each HTTP verb but GET, which `PlainGet` has: what both sessions offer over their `request`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

ResponseT = TypeVar("ResponseT")


class Verbs(Generic[ResponseT]):
    """`options`, `head`, `post`, `put`, `patch` and `delete`. What `request` is not asked for it is not given."""

    if TYPE_CHECKING:

        def request(self, *arguments: Any, **keywords: Any) -> ResponseT: ...

    def options(self, url: Any, **kwargs: Any) -> ResponseT:
        """Sends an OPTIONS request, see `request`."""
        return self.request("OPTIONS", url, **kwargs)

    def head(self, url: Any, **kwargs: Any) -> ResponseT:
        """Sends a HEAD request, see `request`. Redirects are not followed unless `allow_redirects` says so."""
        return self.request("HEAD", url, **{"allow_redirects": False, **kwargs})

    def post(self, url: Any, data: Any = None, json: Any = None, **kwargs: Any) -> ResponseT:
        """Sends a POST request, see `request`."""
        return self.request("POST", url, data=data, json=json, **kwargs)

    def put(self, url: Any, data: Any = None, **kwargs: Any) -> ResponseT:
        """Sends a PUT request, see `request`."""
        return self.request("PUT", url, data=data, **kwargs)

    def patch(self, url: Any, data: Any = None, **kwargs: Any) -> ResponseT:
        """Sends a PATCH request, see `request`."""
        return self.request("PATCH", url, data=data, **kwargs)

    def delete(self, url: Any, **kwargs: Any) -> ResponseT:
        """Sends a DELETE request, see `request`."""
        return self.request("DELETE", url, **kwargs)
