//! Problems of the user's own: any data, any two programs, a truth from anywhere. The programs are awk and sh, which are at
//! hand wherever these tests run.

mod amplified;
mod bad_input;
mod by_problem;
mod catalogue;
mod costs;
mod expected;
mod init;
mod kappa;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "spark")]
mod spark;
#[cfg(feature = "sql")]
mod sql;
mod tables;
mod throughput;

use crate::support::Scratch;

/// Six clicks; the fifth comes late.
const CLICKS: &str = "hour,user,amount
10,a,1.50
10,b,2.25
10,a,0.10
11,a,3.00
10,b,7.00
12,b,1.00
";

/// Counts and adds up by hour and user; `late` is what becomes of a record whose hour is over.
fn counting(late: &str) -> String {
    format!(
        r#"BEGIN {{ FS = ","; OFS = ","; print "user,hour,n,amount,seen"; fflush() }}
NR > 1 {{
    if ($1 + 0 < last) {late}
    last = $1 + 0
    n[$1 OFS $2]++; amount[$1 OFS $2] += $3
}}
END {{ for (key in n) {{ split(key, part, OFS); print part[2], part[1], n[key], amount[key], NR }} }}
"#
    )
}

/// Counts and adds up as a batch job does it.
const TRUTH: &str = r#"BEGIN { FS = ","; print "hour,user,n,amount" }
NR > 1 { n[$1 "," $2]++; amount[$1 "," $2] += $3 }
END { for (key in n) printf "%s,%d,%.2f\n", key, n[key], amount[key] }
"#;

const EXPERIMENT: &str = r#"dataset = "data/clicks"

[problem]
answer = "table"
key = ["hour", "user"]
columns = { n = "exact", amount = { absolute = 0.005 }, seen = "ignore" }

[reference]
command = ["awk", "-f", "truth.awk"]

[stable]
command = ["awk", "-f", "v1.awk"]
output = "emit"

[candidate]
command = ["awk", "-f", "v2.awk"]
output = "emit"

[gate]
divergence = 0
"#;

/// A folder with clicks, their truth, a first version that is right and a second that drops what comes late.
fn clicks() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("clicks.csv", CLICKS);
    scratch.run("freeze clicks.csv --to data/clicks").expect(0);
    scratch.write("truth.awk", TRUTH);
    scratch.write("v1.awk", counting("late++"));
    scratch.write("v2.awk", counting("next"));
    scratch.write("e.toml", EXPERIMENT);
    scratch
}
