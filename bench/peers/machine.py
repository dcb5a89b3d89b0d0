"""What a table says of the machine and of Java. Not run by itself."""

import glob
import os
import pathlib
import re
import subprocess
import sys
import time


def description():
    """Cores, processor, widest vectors, memory."""
    cpu = pathlib.Path("/proc/cpuinfo").read_text()
    memory = pathlib.Path("/proc/meminfo").read_text()
    model = re.search(r"model name\s*: (.*)", cpu)
    vectors = next((name for name in ("avx512f", "avx2") if name in cpu), "no AVX2")
    gigabytes = int(re.search(r"MemTotal:\s*(\d+)", memory).group(1)) / 1e6
    processor = model.group(1) if model else "an unknown processor"
    return f"{os.cpu_count()} cores of {processor} ({vectors}), {gigabytes:.0f} GB"


class Neighbours:
    """Processor time that others take. OpenMP's threads wait for each other, so that a little costs a peer dearly."""

    def __init__(self):
        self._start = self._now()

    @staticmethod
    def _now():
        """Seconds: wall, processors busy, processors busy with us."""
        ticks = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        busy = sum(ticks) - ticks[3] - ticks[4]  # without idle and iowait
        ours = sum(os.times()[:4])
        return time.monotonic(), busy / os.sysconf("SC_CLK_TCK"), ours

    def share(self):
        """Part of all processors' time since the start that others took; children count as ours once they ended."""
        wall, busy, ours = (now - then for now, then in zip(self._now(), self._start))
        return max(0.0, busy - ours) / (wall * os.cpu_count())


def java_home():
    """A JDK 25: DELTAPRESS_JAVA, JAVA25_HOME, JAVA_HOME or one in the usual folder."""
    named = [os.environ.get(name) for name in ("DELTAPRESS_JAVA", "JAVA25_HOME", "JAVA_HOME")]
    for home in [*named, *sorted(glob.glob("/usr/lib/jvm/*"))]:
        release = pathlib.Path(home or "", "release")
        if home and release.exists() and 'JAVA_VERSION="25' in release.read_text():
            return home
    sys.exit("no JDK 25 found: set JAVA25_HOME")


def versions():
    """Java, and those of the peers' libraries that are installed."""
    release = pathlib.Path(java_home(), "release").read_text()
    found = ["Java " + re.search(r'JAVA_VERSION="(.*?)"', release).group(1)]
    for package in ("numpy", "torch"):
        query = f"import importlib.metadata as m; print(m.version('{package}'))"
        answer = subprocess.run([sys.executable, "-c", query], capture_output=True, text=True)
        if answer.returncode == 0:
            found.append(f"{package} {answer.stdout.strip()}")
    return ", ".join(found)
