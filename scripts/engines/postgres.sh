#!/usr/bin/env bash
# One PostgreSQL server on loopback, of the binaries that Debian's package postgresql brings.
#
#   postgres.sh start [--port N] [DIR]   makes the data folder if there is none, starts; postgresql://counterpoint@127.0.0.1:15432/counterpoint
#   postgres.sh stop [DIR]               stops the server that was started in DIR; its data stay
#   postgres.sh clean [DIR]              stops it and removes DIR
#
# DIR (target/engines/postgres) has the data, the log and the pid. There is no password, and nobody but this machine gets in.
# PostgreSQL refuses to run as root: then the user postgres, which the package makes, runs it, and DIR is given to him.
. "$(dirname "$0")/common.sh"

binaries() {
    local found
    found=$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1)
    [ -n "$found" ] || found=$(command -v postgres || true)
    [ -n "$found" ] || fail "no postgres below /usr/lib/postgresql nor on the PATH: install Debian's package postgresql and try again"
    dirname "$found"
}

# Runs a command as whom PostgreSQL may run.
as_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        id postgres >/dev/null 2>&1 || fail "there is no user postgres, and as root PostgreSQL refuses to run"
        setpriv --reuid postgres --regid postgres --init-groups "$@"
    else
        "$@"
    fi
}

answers() {
    "$bin/pg_isready" --quiet --host 127.0.0.1 --port "$port"
}

start() {
    ! alive "$folder/pid" || fail "a server runs in $folder already; stop it first, or name another folder"
    bin=$(binaries)
    ! taken "$port" || fail "port $port is taken; name another one with --port"
    mkdir -p "$folder"
    touch "$folder/made-by-postgres.sh"
    [ "$(id -u)" -ne 0 ] || chown postgres:postgres "$folder"
    cd /
    as_owner test -w "$folder" || fail "the user postgres can't reach $folder: name another folder"
    if [ ! -e "$folder/data/PG_VERSION" ]; then
        as_owner "$bin/initdb" --pgdata "$folder/data" --username counterpoint --auth trust --encoding UTF8 --locale C >"$folder/initdb.log" 2>&1 ||
            fail "the data folder can't be made, see $folder/initdb.log"
    fi
    # `exec` after the change of user, so that the pid is the server's own.
    if [ "$(id -u)" -eq 0 ]; then
        set -- setpriv --reuid postgres --regid postgres --init-groups
    else
        set --
    fi
    launch "$folder/pid" "$folder/log" "$@" "$bin/postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories= -c timezone=UTC
    wait_for "$folder/pid" "$folder/log" 60 answers
    "$bin/psql" --quiet --no-psqlrc --host 127.0.0.1 --port "$port" --username counterpoint --dbname postgres --tuples-only --no-align \
        --command "SELECT 'CREATE DATABASE counterpoint' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'counterpoint')" |
        "$bin/psql" --quiet --no-psqlrc --host 127.0.0.1 --port "$port" --username counterpoint --dbname postgres
    echo "$("$bin/postgres" --version) answers at postgresql://counterpoint@127.0.0.1:$port/counterpoint; data and log are in $folder"
}

# INT is PostgreSQL's fast shutdown; TERM waits for whoever is connected.
stop() {
    local pid start
    if alive "$folder/pid"; then
        read -r pid start <"$folder/pid"
        kill -INT "$pid" 2>/dev/null || true
        for _ in $(seq 100); do
            alive "$folder/pid" || break
            sleep 0.1
        done
    fi
    terminate "$folder/pid"
}

action=${1:-}
[ $# -eq 0 ] || shift
port=15432
if [ "${1:-}" = --port ]; then
    port=${2:-}
    [[ $port =~ ^[1-9][0-9]{0,4}$ && $port -lt 65536 ]] || fail "--port takes a number from 1 to 65535, not '$port'"
    shift 2
fi
[ $# -le 1 ] || usage
run_folder "${1:-}" postgres
case $action in
    start) start ;;
    stop) stop ;;
    clean)
        stop
        forget "$folder" made-by-postgres.sh
        ;;
    *) usage ;;
esac
