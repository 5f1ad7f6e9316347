"""An asyncio loop in a thread of its own, for programs and tests that are not asynchronous."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

Result = TypeVar("Result")


class LoopThread:
    """Runs coroutines that any thread may hand over."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def time(self) -> float:
        """Return the loop's clock in seconds."""
        return self._loop.time()

    def call(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run `work` in the loop; the future tells how it ended."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Callable[[], Result]) -> Result:
        """Return what `work` returns; nothing else happens in the loop meanwhile."""

        async def turn() -> Result:
            return work()

        return self.call(turn()).result()

    def stop(self, finish: Callable[[], Awaitable[None]]) -> None:
        """Cancel everything, run `finish`, end the thread; a loop that never ran is only closed."""
        try:
            if self._thread.is_alive():
                self.call(_wind_up(finish)).result()
        finally:
            self._end()

    def _end(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()


async def _wind_up(finish: Callable[[], Awaitable[None]]) -> None:
    own = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not own]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await finish()
    # The aborted connections hear of their end in the next turn.
    await asyncio.sleep(0)
