# shellcheck shell=bash
# Sourced by the scripts beside it: where things are kept, what is missing, servers that are started and stopped by their pid.
set -euo pipefail
export LC_ALL=C

engines_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$engines_dir/../.." && pwd)

# The home of the user, also where HOME is another folder, as it is for a job that counterpoint starts.
home=$(getent passwd "$(id -u)" | cut -d: -f6)
cache=${COUNTERPOINT_ENGINES:-${home:-$HOME}/.cache/counterpoint-engines}

fail() {
    printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2
    exit 1
}

# Ends with 2, as wrong use does everywhere, and prints the comment at the head of the script.
usage() {
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# Each argument is PROGRAM:PACKAGE, Debian's.
need() {
    local wanted missing=()
    for wanted in "$@"; do
        command -v "${wanted%%:*}" >/dev/null || missing+=("${wanted%%:*} (Debian's package ${wanted#*:})")
    done
    [ ${#missing[@]} -eq 0 ] || fail "not on the PATH: $(printf '%s; ' "${missing[@]}")install it and try again"
}

need_java() {
    local version
    need java:openjdk-17-jre-headless
    version=$(java -version 2>&1 | sed -n 's/^[^"]* version "\([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge 17 ] || fail "java is version ${version:-unknown}, expected 17 or newer"
}

# Runs one fetch at a time, for two would write into one folder.
locked() {
    mkdir -p "$cache"
    exec 8>"$cache/lock"
    flock 8
}

# Maven with strict checksums; its log is shown only if it fails.
maven() {
    local log
    need_java
    need mvn:maven
    log=$(mktemp)
    if ! mvn --batch-mode --quiet --strict-checksums "$@" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "Maven could not fetch what is needed, see above"
    fi
    rm -f "$log"
}

copy_goal=org.apache.maven.plugins:maven-dependency-plugin:3.11.0

# jar FOLDER GROUP:ARTIFACT:VERSION: one jar without what it depends on.
jar() {
    maven "$copy_goal:copy" -Dartifact="$2" -DoutputDirectory="$1" -Dmdep.useBaseVersion=true
}

taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# The time at which a process began, in ticks since the machine did: with its pid it names a process once and for all.
began() {
    sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

# alive FILE: whether the process that FILE tells of is there, and not another one with its pid.
alive() {
    local pid start
    [ -f "$1" ] && read -r pid start <"$1" && [ -n "$start" ] && [ "$(began "$pid")" = "$start" ]
}

# launch FILE LOG COMMAND...: starts a server of its own session; FILE gets its pid.
launch() {
    local file=$1 log=$2 pid
    shift 2
    setsid "$@" </dev/null >"$log" 2>&1 8>&- &
    pid=$!
    echo "$pid $(began "$pid")" >"$file"
}

# wait_for FILE LOG SECONDS COMMAND...: until COMMAND succeeds; the server's last lines if it ends before.
wait_for() {
    local file=$1 log=$2 end=$((SECONDS + $3))
    shift 3
    until "$@"; do
        if ! alive "$file"; then
            tail -n 20 "$log" >&2
            rm -f "$file"
            fail "it ended while it started; all of its log is $log"
        fi
        [ $SECONDS -lt $end ] || fail "it did not answer in time; its log is $log"
        sleep 0.1
    done
}

# terminate FILE [SECONDS]: TERM, and KILL for what is there after so many seconds (20).
terminate() {
    local pid start end=$((SECONDS + ${2:-20}))
    if alive "$1"; then
        read -r pid start <"$1"
        kill -TERM "$pid" 2>/dev/null || true
        while alive "$1" && [ $SECONDS -lt $end ]; do sleep 0.1; done
        ! alive "$1" || kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$1"
}

# Sets `folder` to an absolute path: the argument, or NAME below target/engines of this repository.
run_folder() {
    folder=${1:-$repository/target/engines/$2}
    case $folder in
        /*) ;;
        *) folder=$PWD/$folder ;;
    esac
}

# forget FOLDER MARK: removes a folder that one of these scripts made, and no other.
forget() {
    [ -d "$1" ] || return 0
    [ -e "$1/$2" ] || fail "$1 has no $2, so this script did not make it: it is left as it is"
    rm -rf "$1"
}
