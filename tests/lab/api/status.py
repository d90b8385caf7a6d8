"""Status objects: how the Kubernetes API says that something went wrong, in its own words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Json = dict[str, Any]

_REASONS: Final[Mapping[int, str]] = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    410: "Expired",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}

EXPIRED_CONTINUE: Final = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You can start a new list without the continue parameter."
)


class ApiError(Exception):
    """A request's failure; `details` is what Status.details holds (name, group, kind)."""

    def __init__(
        self,
        code: int,
        message: str,
        details: Mapping[str, object] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details
        self.retry_after_s = retry_after_s

    def status(self) -> Json:
        """The Status object of this failure."""
        status: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": _REASONS.get(self.code, "Unknown"),
        }
        details = dict(self.details or {})
        if self.retry_after_s is not None:
            details["retryAfterSeconds"] = self.retry_after_s
        if details:
            status["details"] = details
        status["code"] = self.code
        return status


def object_details(resource: str, group: str = "", name: str = "") -> dict[str, object]:
    """Status.details of a failure about an object; `kind` there is the plural resource name."""
    given = {"name": name, "group": group, "kind": resource}
    return {key: value for key, value in given.items() if value}


def not_found(resource: str, group: str, name: str) -> ApiError:
    """404 for an object that is not there."""
    qualified = f"{resource}.{group}" if group else resource
    return ApiError(404, f'{qualified} "{name}" not found', object_details(resource, group, name))


def exec_success() -> Json:
    """The error channel's last word after exit code 0."""
    return {"metadata": {}, "status": "Success"}


def exec_exit_code(code: int) -> Json:
    """The error channel's last word after another exit code."""
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with exit code {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def exec_internal_error(message: str, causes: Sequence[str] = ()) -> Json:
    """The error channel's word where the command never ran."""
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"Internal error occurred: {message}",
        "reason": "InternalError",
        "details": {"causes": [{"message": cause} for cause in causes or (message,)]},
        "code": 500,
    }
