"""What the scripts of this folder share: threads, skips, timing, JSON lines. Not run by itself."""

import importlib.util
import json
import os
import statistics
import sys
import time

# Set on some machines against bugs of an old OpenBLAS; they slow down the current one.
_STALE = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def limit_threads(threads):
    """Says how many threads numpy and torch may use; to be called before importing either."""
    for name in _STALE:
        os.environ.pop(name, None)
    for name in _THREADS:
        os.environ[name] = str(threads)


def require(*modules):
    """Ends the script with one line and success where a module is not installed."""
    for module in modules:
        if importlib.util.find_spec(module) is None:
            print(f"skipped: {module} is not installed")
            sys.exit(0)


def import_torch(threads):
    """PyTorch on that many threads, without gradients."""
    import torch

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    return torch


def median_seconds(work, runs, warm_up=1):
    """Median time of a call in seconds, and what the last one returned."""
    for _ in range(warm_up):
        result = work()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), result


def seconds_since_process_start():
    """Wall time that this process has lived, interpreter start included; 10 ms resolution.

    Source: proc(5), field 22 of /proc/self/stat, in clock ticks after boot.
    """
    with open("/proc/self/stat") as stat, open("/proc/uptime") as uptime:
        ticks = int(stat.read().rpartition(")")[2].split()[19])
        return float(uptime.read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")


def print_line(**values):
    """Prints one line of JSON."""
    print(json.dumps(values), flush=True)
