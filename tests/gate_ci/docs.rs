//! The commands of docs/ci.md and the action's script, run as they stand there.

use std::{fs, path::Path, process::Command};

use crate::support::{Ran, Scratch};

fn repository(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The one block of docs/ci.md in that language that holds `part`.
fn block(language: &str, part: &str) -> String {
    let page = repository("docs/ci.md");
    let start = format!("```{language}\n");
    let blocks = page.split(&start).skip(1);
    let mut found = blocks.map(|rest| rest[..rest.find("```").expect("a fence's end")].to_owned());
    found.find(|block| block.contains(part)).unwrap_or_else(|| panic!("no {language} block with {part:?}"))
}

/// A folder where `ci/gate.toml` is a gate that ends with `code`.
fn prepared(code: i32) -> Scratch {
    let scratch = match code {
        0 | 3 => Scratch::with_tiny(),
        5 => {
            let scratch = Scratch::new();
            open(&scratch);
            return scratch;
        }
        _ => panic!("no gate for {code}"),
    };
    let candidate = if code == 0 { "best-fit" } else { "worst-fit" };
    fs::create_dir(scratch.path("ci")).expect("a folder");
    let experiment = format!("dataset = 'tiny'\nstable.job = 'first-fit'\ncandidate.job = '{candidate}'\n");
    scratch.write("ci/gate.toml", experiment);
    scratch
}

/// A gate that no machine can decide: the limit lies between the reference's bounds.
fn open(scratch: &Scratch) {
    let stand_in = "#!/bin/sh\nexit 5\n";
    fs::create_dir(scratch.path("bin")).expect("a folder");
    scratch.write("bin/counterpoint", stand_in);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(scratch.path("bin/counterpoint"), mode).expect("an executable");
    }
}

/// `script` in `shell`, with the program on the path; before it, whatever stands in the folder `bin`.
fn shell(scratch: &Scratch, shell: &[&str], script: &str) -> Ran {
    let program = Path::new(env!("CARGO_BIN_EXE_counterpoint"));
    let folder = program.parent().expect("a program is in a folder").display();
    let path =
        format!("{}:{folder}:{}", scratch.path("bin").display(), std::env::var("PATH").unwrap_or_default());
    let mut command = scratch.prepared(Command::new(shell[0]));
    command.env_remove("GITHUB_ACTIONS").env_remove("MAKEFLAGS").env("PATH", path).env("BASE", "main");
    Ran::of(command.args(&shell[1..]).arg(script))
}

const SH: &[&str] = &["sh", "-c"];
const BASH: &[&str] = &["bash", "-c"];

fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        eprintln!("{program} is not on this machine, so what the page says of it is not tested");
    }
    there
}

#[test]
fn a_shell_passes_the_code_on() {
    let script = block("sh", "sh -c");
    for code in [0, 3] {
        shell(&prepared(code), SH, &script).expect(code);
    }
}

#[test]
fn pipefail_keeps_the_code_through_a_pipe() {
    if !is_there("bash") {
        return;
    }
    let script = block("bash", "tee");
    for code in [0, 3] {
        shell(&prepared(code), BASH, &script).expect(code);
    }
    // That is what the page warns of.
    shell(&prepared(3), BASH, &script.replace("set -o pipefail", "")).expect(0);
}

#[test]
fn an_inconclusive_gate_alone_is_let_through() {
    let script = block("sh", "case $code in");
    for (code, expected) in [(0, 0), (3, 3), (5, 0)] {
        shell(&prepared(code), SH, &script).expect(expected);
    }
}

#[test]
fn make_fails_with_2_and_the_code_can_be_kept() {
    if !is_there("make") {
        return;
    }
    let keep = block("sh", "make gate-code");
    for code in [0, 3] {
        let scratch = prepared(code);
        scratch.write("Makefile", block("make", "gate-code:"));
        shell(&scratch, SH, "make gate").expect(if code == 0 { 0 } else { 2 });
        shell(&scratch, SH, &keep).expect(code);
    }
}

#[test]
fn a_baseline_is_written_and_compared_with() {
    let scratch = prepared(0);
    shell(&scratch, SH, &block("sh", "gate --write-baseline")).expect(0);
    shell(&scratch, SH, &block("sh", "gate --baseline")).expect(0);
    scratch.edit("ci/baseline.toml", "cost.value = 5", "cost.value = 4");
    shell(&scratch, SH, &block("sh", "gate --baseline")).expect(3);
}

#[test]
fn limits_come_from_the_base_branch() {
    if !is_there("git") {
        return;
    }
    let scratch = prepared(3);
    let git = "git -c user.name=a -c user.email=a@b";
    let before = format!(
        "git init -q && git add . && {git} commit -qm base && git update-ref refs/remotes/origin/main HEAD"
    );
    shell(&scratch, SH, &before).expect(0);
    let script = block("sh", "git show");
    let ran = shell(&scratch, SH, &script).expect(3);
    assert!(!ran.stderr.contains("touches"), "{ran}");
    // A change that brings its own limits is judged by the old ones, and seen.
    scratch.edit("ci/gate.toml", "dataset", "gate.competitive_ratio = 9.0\ndataset");
    let ran = shell(&scratch, SH, &script).expect(3);
    assert!(ran.stderr.contains("touches the gate's limits"), "{ran}");
}

const COMMIT: &str = "git add . && git -c user.name=a -c user.email=a@b commit -qm commit";

/// The job of docs/processes.md in Rust, as a repository of its own.
fn repository_of_a_job() -> Scratch {
    let scratch = Scratch::with_tiny();
    let page = repository("docs/processes.md");
    let job = page.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a program");
    for folder in ["src", "ci"] {
        fs::create_dir(scratch.path(folder)).expect("a folder");
    }
    fs::rename(scratch.path("tiny"), scratch.path("ci/data")).expect("the dataset");
    scratch.write("Cargo.toml", "[package]\nname = \"packer\"\nedition = \"2021\"\n\n[workspace]\n");
    scratch.write("src/main.rs", job);
    // The times of so few records say nothing.
    scratch
        .write("ci/two-commits.toml", block("toml", "[stable]").replace("latency_increase = \"5%\"\n", ""));
    scratch.write(".gitignore", ".gate\nruns\n");
    let base = format!(
        "cargo generate-lockfile --offline && git init -q && {COMMIT} && git update-ref refs/remotes/origin/main HEAD"
    );
    shell(&scratch, SH, &base).expect(0);
    scratch
}

#[test]
fn two_commits_of_a_job_are_compared() {
    if !is_there("git") || !is_there("cargo") {
        return;
    }
    let scratch = repository_of_a_job();
    let script = block("sh", "git worktree");
    let changes = [
        ("room >= size", "size <= room", 0, "after may replace before"),
        ("size <= room", "size + capacity / 4 <= room", 3, "after may not replace before"),
    ];
    for (from, to, code, says) in changes {
        scratch.edit("src/main.rs", from, to);
        shell(&scratch, SH, COMMIT).expect(0);
        let ran = shell(&scratch, SH, &script).expect(code);
        assert!(ran.stdout.contains(says), "{ran}");
    }
}

/// The script of a step of the composite action.
fn script(step: &str) -> String {
    let file = repository("docs/ci/action.yml");
    let (_, step) = file.split_once(&format!("    - id: {step}\n")).expect("a step");
    let (_, script) = step.split_once("      run: |\n").expect("a script");
    let lines = script.lines().map_while(|line| line.strip_prefix("        "));
    lines.collect::<Vec<_>>().join("\n")
}

fn action() -> String {
    script("gate")
}

/// A release by its checksum, another archive than was named, and none at all.
#[test]
fn the_action_installs_a_release_or_builds_it() {
    if !is_there("bash") || !is_there("shasum") {
        return;
    }
    let install = script("install");
    assert!(!install.contains("${{"), "values must not become a part of the script");
    let scratch = Scratch::new();
    let name = "counterpoint-x86_64-unknown-linux-musl";
    let stand_ins = format!(
        "mkdir -p bin {name} && echo released > {name}/counterpoint && tar -czf archive {name}\n\
         printf '#!/bin/sh\\n[ -e archive ] || exit 22\\nwhile [ \"$1\" != --output ]; do shift; done; cp archive \"$2\"\\n' > bin/curl\n\
         printf '#!/bin/sh\\necho \"$*\" > built\\n' > bin/cargo\nchmod +x bin/*"
    );
    shell(&scratch, BASH, &stand_ins).expect(0);
    let values = |sum: &str| {
        format!(
            "VERSION=v1 REPOSITORY=a/b SHA256={sum} PLACE=place SYSTEM=Linux-X64 GITHUB_OUTPUT=outputs\n{install}"
        )
    };
    let right = shell(&scratch, BASH, "shasum --algorithm 256 archive | cut -d ' ' -f 1").expect(0);
    shell(&scratch, BASH, &values(right.stdout.trim())).expect(0);
    assert_eq!(scratch.read("outputs"), format!("program=place/{name}/counterpoint\n"));
    assert_eq!(scratch.read(&format!("place/{name}/counterpoint")), "released\n");
    let wrong = shell(&scratch, BASH, &values(&"0".repeat(64))).expect(1);
    assert!(wrong.stdout.contains("another checksum") && !scratch.path("built").exists(), "{wrong}");
    fs::remove_file(scratch.path("archive")).expect("it is there");
    // Whoever names a checksum doesn't get something else built.
    let none = shell(&scratch, BASH, &values(right.stdout.trim())).expect(1);
    assert!(none.stdout.contains("could not be fetched") && !scratch.path("built").exists(), "{none}");
    shell(&scratch, BASH, &values("")).expect(0);
    assert!(scratch.read("built").starts_with("install --locked --git https://github.com/a/b --tag v1"));
    assert!(scratch.read("outputs").ends_with("program=place/bin/counterpoint\n"));
}

#[test]
fn the_action_gives_the_gates_code() {
    if !is_there("bash") {
        return;
    }
    let action = action();
    assert!(!action.contains("${{"), "values must not become a part of the script");
    let cases = [(0, "fail", 0), (3, "fail", 3), (3, "pass", 3), (5, "fail", 5), (5, "pass", 0)];
    for (code, inconclusive, expected) in cases {
        let scratch = prepared(code);
        let values = format!(
            "COUNTERPOINT=counterpoint EXPERIMENT=ci/gate.toml BASELINE= OUT=out INCONCLUSIVE={inconclusive} \
             FILTER= SHARD= ACCURACY_ONLY=false GITHUB_OUTPUT=outputs\n"
        );
        // As the runner starts it.
        shell(&scratch, &["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"], &(values + &action))
            .expect(expected);
        assert_eq!(scratch.read("outputs"), format!("exit-code={code}\n"));
        assert_eq!(scratch.path("out/junit.xml").exists(), code != 5);
    }
}

#[test]
fn the_action_takes_a_baseline() {
    if !is_there("bash") {
        return;
    }
    let scratch = prepared(0);
    shell(&scratch, SH, "counterpoint gate --write-baseline 'a b.toml' ci/gate.toml").expect(0);
    scratch.edit("a b.toml", "cost.value = 5", "cost.value = 4");
    let values = "COUNTERPOINT=counterpoint EXPERIMENT=ci/gate.toml BASELINE='a b.toml' OUT=out INCONCLUSIVE=fail \
                  FILTER= SHARD= ACCURACY_ONLY= GITHUB_OUTPUT=outputs\n";
    let ran = shell(&scratch, BASH, &(values.to_owned() + &action())).expect(3);
    assert!(ran.stdout.contains("candidate.cost.value   was 4, is 5"), "{ran}");
}

#[test]
fn the_action_takes_a_folder() {
    if !is_there("bash") {
        return;
    }
    let scratch = prepared(3);
    let passing = scratch.read("ci/gate.toml").replace("worst-fit", "best-fit");
    scratch.write("ci/good.toml", passing);
    for (filter, code) in [("", 3), ("name=good", 0)] {
        let values = format!(
            "COUNTERPOINT=counterpoint EXPERIMENT=ci BASELINE= OUT=out{code} INCONCLUSIVE=fail FILTER='{filter}' \
             SHARD=1/1 ACCURACY_ONLY=true GITHUB_OUTPUT=outputs\n"
        );
        shell(&scratch, BASH, &(values + &action())).expect(code);
        let suite = scratch.json(&format!("out{code}/suite.json"));
        assert_eq!(suite["asked"]["accuracy_only"], true);
        assert_eq!(suite["experiments"].as_array().map(Vec::len), Some(if code == 0 { 1 } else { 2 }));
    }
}

#[test]
fn several_gates_are_a_suite() {
    let scratch = prepared(3);
    let passing = scratch.read("ci/gate.toml").replace("worst-fit", "best-fit");
    fs::create_dir(scratch.path("ci/gates")).expect("a folder");
    fs::rename(scratch.path("ci/gate.toml"), scratch.path("ci/gates/bad.toml")).expect("a file");
    scratch.write("ci/gates/good.toml", passing);
    shell(&scratch, SH, &block("sh", "--out gates ci/gates")).expect(3);
    for file in ["junit.xml", "summary.md", "index.html", "good/report.html", "bad/report.html"] {
        assert!(scratch.path("gates").join(file).is_file(), "{file}");
    }
}

#[test]
fn the_gitlab_jobs_script_gives_the_gates_code() {
    let job = block("yaml", "allow_failure");
    let line = job.lines().find_map(|line| line.trim().strip_prefix("- ")).expect("a script");
    let scratch = prepared(0);
    shell(&scratch, SH, &block("sh", "gate --write-baseline")).expect(0);
    shell(&scratch, SH, line).expect(0);
    assert!(scratch.path("counterpoint-run/junit.xml").exists(), "the page says so");
}
