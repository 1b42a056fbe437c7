//! A program outside that gives rows and dies in the middle of an upgrade: what is said of it, and who serves.

use compare::architecture::UpgradeEnd;

use super::support::{Events, Machine, on_shipped_ground};

const RECORDS: u64 = 60;
/// Judged right at every prefix: a row after each record, windows of 300 ms.
const JOB: &str = "read header; echo key,window_start_ms,window_end_ms,count,sum,min,max
while IFS=, read -r time key value rest; do
    read_so_far=$((read_so_far + 1))
    if [ $read_so_far -eq LEFT ]; then echo \"no room for $key\" >&2; exit 3; fi
    start=$((time - time % 300)) at=${key}_$((time / 300))
    eval \"n=\\${n_$at:-0} sum=\\${sum_$at:-0} min=\\${min_$at:-$value} max=\\${max_$at:-$value}\"
    n=$((n + 1)) sum=$((sum + value))
    if [ $value -lt $min ]; then min=$value; fi
    if [ $value -gt $max ]; then max=$value; fi
    eval \"n_$at=$n sum_$at=$sum min_$at=$min max_$at=$max\"
    echo $key,$start,$((start + 300)),$n,$sum,$min,$max
done";

#[test]
fn one_that_dies_is_an_outcome_with_its_record_its_status_and_its_last_words() {
    let events = Events::new(RECORDS, 1);
    let upgraded = |left: u64| {
        let job = JOB.replace("LEFT", &left.to_string());
        let file = events.experiment(&format!(
            "kappa.start_at = '15%'\nkappa.probation = '15%'\nkappa.keep_old = '20%'\nstable.job = 'per-record'\n\
             [candidate]\ncommand = ['sh', '-c', {job:?}]\noutput = 'emit'\nmode = 'upsert'\n"
        ));
        let machine = Machine::new();
        let (end, account) = on_shipped_ground(&file, |ground| machine.run(ground)).expect("stable is well");
        (end, account, machine.served())
    };
    let (end, account, whole) = upgraded(RECORDS + 1);
    assert_eq!(end, UpgradeEnd::TookOver, "{:?}", account.dropped);
    let switched = account.switched_at.expect("it took over");
    // Its last record may be read when it is sent, or only with the end of what was sent since.
    let says =
        ["the candidate job (sh -c ", "it ended (exit status: 3) before its input did", "no room for k0"];
    for (left, expected) in [(5, UpgradeEnd::Dropped), (switched + 3, UpgradeEnd::RolledBack)] {
        let (end, account, served) = upgraded(left);
        assert_eq!(end, expected, "{left}: {:?}", account.transitions);
        let cause = &account.transitions.last().expect("it was begun").cause;
        assert!(says.iter().all(|part| cause.contains(part)), "{left}: {cause}");
        let after = cause.split(" after ").nth(1).and_then(|rest| rest.split(' ').next());
        let after: u64 = after.and_then(|text| text.parse().ok()).expect("a record");
        assert!((left..=RECORDS).contains(&after), "{left}: {cause}");
        assert!(super::account::covers_once(&account.ledger, RECORDS), "{:?}", account.ledger);
        // Stable's windows are closed by its watermark, and all of them when the log ends.
        assert_eq!(served.len(), whole.len(), "{left}");
    }
}
