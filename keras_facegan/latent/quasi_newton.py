"""L-BFGS-B for many small problems at once: each has its own line searches and stops alone, all share one evaluation.

Byrd, Lu, Nocedal, Zhu 1995, SIAM J. Sci. Comput. 16:1190, by SciPy. Its Adam counterpart is `search`.
"""

import concurrent.futures
import queue
from collections.abc import Callable

import numpy as np
from scipy import optimize

# Relative decrease of a loss, and slope, below which a problem is solved. Losses are float32: less is noise.
LEAST_DECREASE, LEAST_SLOPE = 1e-7, 1e-6


def minimise_rows(evaluate: Callable, starts: np.ndarray, bound: float, iterations: int) -> np.ndarray:
    """Minimise one loss per row, each row by its own L-BFGS-B.

    SciPy asks for one loss at a time. So every row has a thread, and the threads meet: when all rows that are not
    finished wait for a loss, they are evaluated together.

    Args:
        evaluate: Callable from rows (k,), their numbers in rising order, and codes float32 (k, d) to losses (k,) and
            their gradients (k, d).
        starts: (n, d), taken into the bounds.
        bound: Largest absolute value of a coordinate.
        iterations: Iterations of a row at most.

    Returns:
        float32 (n, d), none of a larger loss than its start.
    """
    starts = np.clip(np.asarray(starts, "float64"), -bound, bound)
    requests, answers = queue.SimpleQueue(), [queue.SimpleQueue() for _ in starts]

    def solve(row):
        def ask(code):
            requests.put((row, np.asarray(code, "float32")))
            answer = answers[row].get()
            if answer is None:
                raise RuntimeError("The search was broken off.")
            return answer

        options = {"maxiter": iterations, "ftol": LEAST_DECREASE, "gtol": LEAST_SLOPE}
        bounds = optimize.Bounds(-bound, bound)
        try:
            return optimize.minimize(ask, starts[row], jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
        finally:
            requests.put((row, None))

    with concurrent.futures.ThreadPoolExecutor(max(len(starts), 1)) as pool:
        solved = [pool.submit(solve, row) for row in range(len(starts))]
        try:
            _answer(evaluate, requests, answers)
        finally:
            # Where an evaluation failed, threads still wait.
            for each in answers:
                each.put(None)
    return np.array([each.result() for each in solved], "float32").reshape(starts.shape)


def _answer(evaluate, requests, answers):
    """Evaluate what rows ask for, together, until all are finished."""
    unfinished, waiting = len(answers), {}
    while unfinished:
        row, code = requests.get()
        if code is None:
            unfinished -= 1
        else:
            waiting[row] = code
        if waiting and len(waiting) == unfinished:
            rows = sorted(waiting)
            losses, gradients = evaluate(np.array(rows), np.stack([waiting[row] for row in rows]))
            for row, loss, gradient in zip(rows, losses, np.asarray(gradients, "float64"), strict=True):
                answers[row].put((float(loss), gradient))
            waiting = {}
