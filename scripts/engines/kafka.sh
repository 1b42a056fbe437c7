#!/usr/bin/env bash
# One Kafka server (KRaft) on loopback.
#
#   kafka.sh fetch                      the jars, into the cache (45 MB)
#   kafka.sh start [--port N] [DIR]     fetches what is missing, starts, returns when it answers; 127.0.0.1:19092
#   kafka.sh stop [DIR]                 stops the server that was started in DIR; its data stay
#   kafka.sh clean [DIR]                stops it and removes DIR
#   kafka.sh run CLASS [ARGUMENT...]    a tool of Kafka's, such as org.apache.kafka.tools.TopicCommand
#
# DIR (target/engines/kafka) has the data, server.properties, log and pid. The controller listens on the next port.
# COUNTERPOINT_ENGINES: the cache (~/.cache/counterpoint-engines). KAFKA_HEAP: the server's heap (512m).
# Needs java (17 or newer), and mvn to fetch.
. "$(dirname "$0")/common.sh"

version=4.3.1
libs=$cache/kafka-$version

fetch() {
    local pom
    [ -e "$libs/complete" ] && return
    locked
    [ -e "$libs/complete" ] && return
    pom=$(mktemp --suffix=.xml)
    # slf4j-simple of 1.7, as Kafka's slf4j-api is: with one of 2 the server writes no log at all, and doesn't say so.
    cat >"$pom" <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>counterpoint</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
XML
    rm -rf "$libs"
    maven -f "$pom" "$copy_goal:copy-dependencies" -DincludeScope=runtime -DoutputDirectory="$libs"
    rm -f "$pom"
    # The tools without what Kafka Connect needs.
    jar "$libs" "org.apache.kafka:kafka-tools:$version"
    [ -e "$libs/kafka_2.13-$version.jar" ] || fail "Maven left no kafka_2.13-$version.jar in $libs"
    touch "$libs/complete"
}

# One tier of the compiler and the serial collector: on few cores the server is up in half the time.
quick=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC)
options=(-Dorg.slf4j.simpleLogger.showDateTime=true
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS" -cp "$libs/*")

configure() {
    # Topics aren't made by asking for them, so that a name with a typo is an error.
    cat >"$folder/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:$((port + 1))
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$folder/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
PROPERTIES
}

answers() {
    taken "$port" && grep -q 'Kafka Server started' "$folder/log"
}

start() {
    local id
    ! alive "$folder/pid" || fail "a server runs in $folder already; stop it first, or name another folder"
    need_java
    ! taken "$port" || fail "port $port is taken; name another one with --port"
    ! taken $((port + 1)) || fail "port $((port + 1)), for the controller, is taken; name another one with --port"
    fetch
    mkdir -p "$folder"
    configure
    if [ ! -e "$folder/data/meta.properties" ]; then
        id=$(java "${quick[@]}" "${options[@]}" kafka.tools.StorageTool random-uuid 2>/dev/null | tail -n 1)
        java "${quick[@]}" "${options[@]}" kafka.tools.StorageTool format --standalone -t "$id" -c "$folder/server.properties" \
            >"$folder/format.log" 2>&1 || fail "the data folder can't be formatted, see $folder/format.log"
    fi
    launch "$folder/pid" "$folder/log" java "-Xmx${KAFKA_HEAP:-512m}" "${quick[@]}" "${options[@]}" kafka.Kafka "$folder/server.properties"
    wait_for "$folder/pid" "$folder/log" 120 answers
    echo "Kafka $version answers at 127.0.0.1:$port; data and log are in $folder"
}

action=${1:-}
[ $# -eq 0 ] || shift
if [ "$action" = run ]; then
    [ $# -gt 0 ] || usage
    need_java
    fetch
    exec java "${options[@]}" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn "$@"
fi
port=19092
if [ "${1:-}" = --port ]; then
    port=${2:-}
    [[ $port =~ ^[1-9][0-9]{0,4}$ && $port -lt 65535 ]] || fail "--port takes a number from 1 to 65534, not '$port'"
    shift 2
fi
[ $# -le 1 ] || usage
run_folder "${1:-}" kafka
case $action in
    fetch) fetch ;;
    start) start ;;
    stop) terminate "$folder/pid" ;;
    clean)
        terminate "$folder/pid"
        forget "$folder" server.properties
        ;;
    *) usage ;;
esac
