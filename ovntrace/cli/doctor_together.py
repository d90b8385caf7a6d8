"""Questions put at the same time, each of which has a time limit of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

T = TypeVar("T")

_AT_ONCE: Final = 16


def together(questions: Sequence[Callable[[], T]]) -> list[T]:
    """The answers in order. What a question raises is raised here, the first of several."""
    answers: dict[int, T] = {}
    raised: dict[int, BaseException] = {}
    places = threading.BoundedSemaphore(_AT_ONCE)

    def ask(number: int) -> None:
        with places:
            try:
                answers[number] = questions[number]()
            except BaseException as error:
                raised[number] = error

    threads = [
        threading.Thread(target=ask, args=(number,), daemon=True)
        for number in range(len(questions))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[min(raised)]
    return [answers[number] for number in range(len(questions))]
