#!/usr/bin/env bash
# Spark with Python and the Kafka connector, in a virtual environment of its own.
#
#   spark.sh fetch                      PyPI's pyspark and the connector, into the cache (600 MB)
#   spark.sh run FILE [ARGUMENT...]     a job in Python: Spark runs beside it, in a JVM of the job's own
#   spark.sh connect [--port N] [DIR]   a Spark Connect server with local[2]; sc://127.0.0.1:15002
#   spark.sh start [--port N] [DIR]     a standalone master with two workers of one core; spark://127.0.0.1:17077
#   spark.sh start-connect [--port N] [DIR]  both: a Connect server whose work is done by two workers; sc://127.0.0.1:15002
#   spark.sh stop [DIR]                 stops all that was started in DIR
#   spark.sh clean [DIR]                stops it and removes DIR
#   spark.sh python                     says where the interpreter is
#
# DIR (target/engines/spark) has the logs, pids, the warehouse and what workers leave.
# COUNTERPOINT_ENGINES: the cache (~/.cache/counterpoint-engines). PYTHON: the interpreter to begin with (python3).
# Needs java (17 or newer), python3 with venv (3.10 or newer), and mvn to fetch.
. "$(dirname "$0")/common.sh"

version=4.2.0
root=$cache/spark-$version
python=$root/bin/python
# What pyspark lacks to read and write Kafka.
jars=("org.apache.spark:spark-sql-kafka-0-10_2.13:$version" "org.apache.spark:spark-token-provider-kafka-0-10_2.13:$version"
    org.apache.kafka:kafka-clients:3.9.2 org.apache.commons:commons-pool2:2.13.1)

fetch() {
    local coordinates
    [ -e "$root/complete" ] && return
    locked
    [ -e "$root/complete" ] && return
    need "${PYTHON:-python3}:python3-venv"
    rm -rf "$root"
    "${PYTHON:-python3}" -m venv "$root" || fail "no virtual environment can be made (Debian's package python3-venv)"
    "$python" -m pip install --quiet "pyspark==$version" >"$cache/spark.log" 2>&1 ||
        fail "pip can't install pyspark $version, see $cache/spark.log"
    for coordinates in "${jars[@]}"; do
        jar "$(spark_home)/jars" "$coordinates"
    done
    touch "$root/complete"
}

spark_home() {
    "$python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))'
}

class() { # class NAME CLASS [ARGUMENT...]: a server of Spark's; without a Hive and on loopback
    local name=$1
    shift
    SPARK_HOME=$home_of_spark SPARK_LOCAL_IP=127.0.0.1 SPARK_LOG_DIR=$folder SPARK_WORKER_DIR=$folder/work SPARK_DAEMON_MEMORY=${memory:-256m} \
        PYSPARK_PYTHON=$python launch "$folder/$name.pid" "$folder/$name.log" "$home_of_spark/bin/spark-class" "$@"
}

submit() { # submit NAME MASTER [OPTION...]: the Connect server
    # The memory of a daemon is this server's, whatever its driver is said to have.
    local name=$1 master=$2 memory=1g
    shift 2
    (cd "$folder" && class "$name" org.apache.spark.deploy.SparkSubmit --class org.apache.spark.sql.connect.service.SparkConnectServer \
        --name "Spark Connect" --master "$master" --conf spark.connect.grpc.binding.address=127.0.0.1 --conf "spark.connect.grpc.binding.port=$port" \
        --conf spark.driver.bindAddress=127.0.0.1 --conf spark.driver.host=127.0.0.1 --conf spark.ui.enabled=false \
        --conf spark.sql.session.timeZone=UTC --conf spark.sql.shuffle.partitions=2 --conf "spark.sql.warehouse.dir=$folder/warehouse" "$@")
}

prepare() {
    local name
    need_java
    fetch
    home_of_spark=$(spark_home)
    for name in connect master worker-1 worker-2; do
        ! alive "$folder/$name.pid" || fail "a $name runs in $folder already; stop it first, or name another folder"
    done
    mkdir -p "$folder/work"
    touch "$folder/made-by-spark.sh"
}

free() {
    ! taken "$1" || fail "port $1 is taken; name another one with --port"
}

registered() {
    [ "$(grep -c 'Registering worker' "$folder/master.log")" -ge 2 ]
}

standalone() { # standalone PORT
    local worker
    free "$1"
    class master org.apache.spark.deploy.master.Master --host 127.0.0.1 --port "$1" --webui-port "$(($1 + 1))"
    wait_for "$folder/master.pid" "$folder/master.log" 60 taken "$1"
    for worker in 1 2; do
        class "worker-$worker" org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --cores 1 --memory 1g \
            --webui-port "$(($1 + 1 + worker))" "spark://127.0.0.1:$1"
    done
    wait_for "$folder/worker-2.pid" "$folder/worker-2.log" 60 registered
}

stop() {
    local name
    for name in connect worker-1 worker-2 master; do
        terminate "$folder/$name.pid"
    done
}

action=${1:-}
[ $# -eq 0 ] || shift
case $action in
    run)
        [ $# -gt 0 ] || usage
        need_java
        fetch
        exec env SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON="$python" "$python" "$@"
        ;;
    python)
        fetch
        echo "$python"
        exit
        ;;
    start) port=17077 ;;
    *) port=15002 ;;
esac
if [ "${1:-}" = --port ]; then
    port=${2:-}
    [[ $port =~ ^[1-9][0-9]{0,4}$ && $port -lt 65530 ]] || fail "--port takes a number from 1 to 65529, not '$port'"
    shift 2
fi
[ $# -le 1 ] || usage
run_folder "${1:-}" spark
case $action in
    fetch) fetch ;;
    start)
        prepare
        standalone "$port"
        echo "Spark $version answers at spark://127.0.0.1:$port; logs are in $folder"
        ;;
    connect | start-connect)
        prepare
        free "$port"
        if [ "$action" = connect ]; then
            submit connect 'local[2]'
        else
            standalone $((port + 1))
            submit connect "spark://127.0.0.1:$((port + 1))" --conf spark.executor.memory=512m
        fi
        wait_for "$folder/connect.pid" "$folder/connect.log" 120 taken "$port"
        echo "Spark $version answers at sc://127.0.0.1:$port; logs are in $folder"
        ;;
    stop) stop ;;
    clean)
        stop
        forget "$folder" made-by-spark.sh
        ;;
    *) usage ;;
esac
