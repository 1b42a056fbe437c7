//! Programs outside of which each run is another: shell scripts that count their own starts and draw by that count.

use std::path::Path;

use compare::Role;

use platform::job_section::JobSection;

/// Next fit which now and then, by chance, opens a bin that it doesn't need. `$1` counts the starts, `$2` is how often
/// in a hundred.
const COST: &str = r#"
read header; echo "$header"
echo >> "$1"
seed=$(($(wc -l < "$1") * 7919 + 17))
bin=-1; room=0
while read size; do
    seed=$(((seed * 1103515245 + 12345) % 2147483648))
    if [ $room -lt $size ] || [ $((seed / 65536 % 100)) -lt $2 ]; then
        bin=$((bin + 1)); room=$COUNTERPOINT_PARAMETER_CAPACITY
    fi
    room=$((room - size)); echo $bin
done
"#;

/// A bin for each record; the two of a pair are, by chance, exchanged.
const DECISIONS: &str = r#"
read header; echo "$header"
echo >> "$1"
seed=$(($(wc -l < "$1") * 7919 + 17))
at=0; exchanged=0
while read size; do
    if [ $((at % 2)) = 0 ]; then
        seed=$(((seed * 1103515245 + 12345) % 2147483648))
        exchanged=$(($((seed / 65536 % 100)) < $2))
    fi
    echo $((at ^ exchanged)); at=$((at + 1))
done
"#;

/// A job whose costs vary: one in `percent` records opens a bin for nothing.
pub(super) fn in_cost(role: Role, percent: &str, folder: &Path) -> JobSection {
    job(COST, role, percent, folder)
}

/// A job whose decisions vary: one in `percent` pairs is exchanged.
pub(super) fn in_decisions(role: Role, percent: &str, folder: &Path) -> JobSection {
    job(DECISIONS, role, percent, folder)
}

fn job(script: &str, role: Role, percent: &str, folder: &Path) -> JobSection {
    // Each role counts its own starts, so that what the one draws doesn't hang on the other.
    let starts = folder.join(format!("starts-{role}-{percent}"));
    let command =
        ["sh", "-c", script, role.name(), &starts.to_string_lossy(), percent].map(str::to_owned).to_vec();
    JobSection { command: Some(command), name: Some("noisy".to_owned()), ..JobSection::default() }
}
