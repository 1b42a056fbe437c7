#!/usr/bin/env bash
# Flink with Python and the Kafka connector, in a virtual environment of its own.
#
#   flink.sh fetch                      PyPI's apache-flink and the connector, into the cache (900 MB)
#   flink.sh run FILE [ARGUMENT...]     a job in Python: Flink runs in the job's own process
#   flink.sh java FILE [ARGUMENT...]    the same of a job in Java, one file, compiled against Flink's jars
#   flink.sh submit DIR FILE [...]      a job in Python to the cluster that was started in DIR: ends as the job does, SIGTERM cancels
#                                       the job, or stops it with a savepoint where another takes over (flink-submit.py)
#   flink.sh start [--port N] [DIR]     a standalone cluster, one task manager with 4 slots; REST at 127.0.0.1:18081
#   flink.sh stop [DIR]                 stops the cluster that was started in DIR
#   flink.sh clean [DIR]                stops it and removes DIR
#   flink.sh python                     says where the interpreter is
#
# DIR (target/engines/flink) has conf, logs and pids.
# COUNTERPOINT_ENGINES: the cache (~/.cache/counterpoint-engines). PYTHON: the interpreter to begin with (python3).
# Needs java (17), python3 with venv (3.9 to 3.12), and mvn to fetch.
. "$(dirname "$0")/common.sh"

version=2.3.0
# None was made for 2.3; this one runs there.
connector=org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2
root=$cache/flink-$version
python=$root/bin/python

fetch() {
    [ -e "$root/complete" ] && return
    locked
    [ -e "$root/complete" ] && return
    need "${PYTHON:-python3}:python3-venv"
    rm -rf "$root"
    "${PYTHON:-python3}" -m venv "$root" || fail "no virtual environment can be made (Debian's package python3-venv)"
    "$python" -m pip install --quiet "apache-flink==$version" >"$cache/flink.log" 2>&1 ||
        fail "pip can't install apache-flink $version, see $cache/flink.log"
    # Among the engine's own jars, so that a job needn't name it.
    find_home
    jar "$flink_home/lib" "$connector"
    touch "$root/complete"
}

find_home() {
    flink_home=$("$python" -c 'import os, pyflink; print(os.path.dirname(pyflink.__file__))')
}

configure() {
    mkdir -p "$folder/conf" "$folder/log"
    cat >"$folder/conf/config.yaml" <<YAML
jobmanager.rpc.address: 127.0.0.1
jobmanager.rpc.port: $((port + 1))
jobmanager.bind-host: 127.0.0.1
jobmanager.memory.process.size: 1g
taskmanager.host: 127.0.0.1
taskmanager.bind-host: 127.0.0.1
taskmanager.numberOfTaskSlots: 4
taskmanager.memory.process.size: 1728m
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
rest.port: $port
execution.checkpointing.savepoint-dir: file://$folder/savepoints
python.executable: $python
python.client.executable: $python
env.java.opts.all: $(opens)
YAML
    cp "$flink_home"/conf/log4j*.properties "$folder/conf/"
}

# Flink's own list of what it opens of the JDK's modules; without it nothing starts under Java 17.
opens() {
    sed -n 's/^ *all: *\(--add-\)/\1/p' "$flink_home/conf/config.yaml"
}

# compile FILE: sets `classes` to a folder of the cache that is called by what FILE says.
compile() {
    local made
    classes=$root/classes-$(sha256sum "$1" | cut -c1-16)
    [ -e "$classes" ] && return
    made=$(mktemp -d "$root/compiling-XXXXXX")
    javac -nowarn -cp "$flink_home/lib/*" -d "$made" "$1" || fail "$1 doesn't compile against Flink $version"
    # Another start may have been quicker.
    mv -T "$made" "$classes" 2>/dev/null || rm -rf "$made"
}

answers() {
    "$python" - "$port" <<'PY' 2>/dev/null
import json, sys, urllib.request
seen = json.load(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/overview", timeout=2))
sys.exit(seen["slots-total"] == 0)
PY
}

# part NAME: Flink's own script in the foreground, which works the memory out and becomes the JVM.
part() {
    FLINK_CONF_DIR=$folder/conf FLINK_LOG_DIR=$folder/log \
        launch "$folder/$1.pid" "$folder/log/$1.log" "$flink_home/bin/$1.sh" start-foreground
}

start() {
    ! alive "$folder/jobmanager.pid" || fail "a cluster runs in $folder already; stop it first, or name another folder"
    need_java
    ! taken "$port" || fail "port $port is taken; name another one with --port"
    fetch
    find_home
    configure
    part jobmanager
    part taskmanager
    wait_for "$folder/jobmanager.pid" "$folder/log/jobmanager.log" 120 answers
    echo "Flink $version answers at http://127.0.0.1:$port; conf and logs are in $folder"
}

stop() {
    terminate "$folder/taskmanager.pid"
    terminate "$folder/jobmanager.pid"
}

action=${1:-}
[ $# -eq 0 ] || shift
case $action in
    run)
        [ $# -gt 0 ] || usage
        need_java
        fetch
        exec "$python" "$@"
        ;;
    java)
        [ $# -gt 0 ] || usage
        need_java
        need javac:openjdk-17-jdk-headless
        fetch
        find_home
        compile "$1"
        # shellcheck disable=SC2046 # the options are words
        exec java $(opens) -Dlog4j.configurationFile="file:$engines_dir/flink-log.properties" \
            -cp "$classes:$flink_home/lib/*" "$(basename "$1" .java)" "${@:2}"
        ;;
    python)
        fetch
        echo "$python"
        exit
        ;;
    submit)
        [ $# -gt 1 ] || usage
        run_folder "$1"
        shift
        [ -e "$folder/conf/config.yaml" ] || fail "no cluster was started in $folder"
        find_home
        export FLINK_CONF_DIR=$folder/conf FLINK_LOG_DIR=$folder/log
        exec "$python" "$engines_dir/flink-submit.py" "http://127.0.0.1:$(sed -n 's/^rest.port: //p' "$folder/conf/config.yaml")" \
            "$flink_home/bin/flink" run --pyExecutable "$python" --pyClientExecutable "$python" \
            --pyFiles "$(cd "$(dirname "$1")" && pwd)" --python "$1" "${@:2}"
        ;;
esac
port=18081
if [ "${1:-}" = --port ]; then
    port=${2:-}
    [[ $port =~ ^[1-9][0-9]{0,4}$ && $port -lt 65535 ]] || fail "--port takes a number from 1 to 65534, not '$port'"
    shift 2
fi
[ $# -le 1 ] || usage
run_folder "${1:-}" flink
case $action in
    fetch) fetch ;;
    start) start ;;
    stop) stop ;;
    clean)
        stop
        forget "$folder" conf/config.yaml
        ;;
    *) usage ;;
esac
