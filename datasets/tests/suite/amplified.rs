//! Shows copies of records: new keys, and everything else byte for byte.

use std::collections::HashSet;
use std::fs;

use datasets::{
    Event, Frozen, GenericOptions, Item, Line, Records, SourceForm, Typed, freeze, freeze_generic, generate,
};
use proptest::prelude::*;

use crate::support::Scratch;

/// Freezes the text of a file whose columns `keys` are keys.
fn frozen(scratch: &Scratch, name: &str, text: &str, keys: &[&str]) -> Frozen {
    let path = scratch.write(name, text);
    let target = scratch.path().join("d");
    let _ = fs::remove_dir_all(&target);
    let options = GenericOptions {
        key: keys.iter().map(|key| (*key).to_owned()).collect(),
        form: SourceForm {
            dialect: datasets::Dialect::new(name.ends_with("tsv").then_some("tab"), None).expect("a sign"),
            is_json: name.ends_with("jsonl"),
            trim: false,
        },
        ..GenericOptions::default()
    };
    freeze_generic(&path, &options, &target, &|| true).expect(text);
    Frozen::open(&target).expect("whole")
}

fn texts(loaded: &Records<Line>) -> Vec<String> {
    let text = |line: &Line| String::from_utf8(line.written(&loaded.keys).into_owned()).expect("UTF-8");
    loaded.records.iter().map(text).collect()
}

fn amplified(frozen: &Frozen, times: u32) -> Vec<String> {
    texts(&frozen.clone().amplified(times).and_then(|frozen| frozen.load::<Line>()).expect("a key"))
}

/// The fields of a line, read by other means.
fn fields(line: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("CSV");
    assert!(rows.len() == 1, "{line:?}");
    rows[0].iter().map(str::to_owned).collect()
}

#[test]
fn each_form_of_a_file_has_its_keys_renamed_and_nothing_else() {
    let scratch = Scratch::new();
    let csv = "note,user,n\n\"a,\"\"b\",\"x,y\",1.50\n,\"say \"\"hi\"\"\",-0\n\"two\nlines\",z,7\n";
    let expected = [
        "\"a,\"\"b\",\"x,y\",1.50",
        "\"a,\"\"b\",\"x,y~1\",1.50",
        ",\"say \"\"hi\"\"\",-0",
        ",\"say \"\"hi\"\"~1\",-0",
        "\"two\nlines\",z,7",
        "\"two\nlines\",z~1,7",
    ];
    assert_eq!(amplified(&frozen(&scratch, "a.csv", csv, &["user"]), 2), expected);
    let tsv = "user\tn\na b\t1\nc,d\t2\n";
    let expected = ["a b,1", "a b~1,1", "a b~2,1", "\"c,d\",2", "\"c,d~1\",2", "\"c,d~2\",2"];
    assert_eq!(amplified(&frozen(&scratch, "a.tsv", tsv, &["user"]), 3), expected);
    let json = "{\"user\":\"a\",\"n\":1}\n{\"user\":\"\",\"n\":2}\n{\"n\":3}\n";
    // No key and an empty one are two.
    let expected = ["a,1", "a~1,1", "\"\",2", "~1,2", ",3", "~~1,3"];
    assert_eq!(amplified(&frozen(&scratch, "a.jsonl", json, &["user"]), 2), expected);
}

#[test]
fn whole_numbers_get_numbers_above_all_others() {
    let scratch = Scratch::new();
    let of = |text: &str| amplified(&frozen(&scratch, "a.csv", text, &["id"]), 3);
    assert_eq!(of("id,n\n7,1\n-2,1\n"), ["7,1", "17,1", "27,1", "-2,1", "8,1", "18,1"]);
    assert_eq!(of("id,n\n7,1\n,2\n"), ["7,1", "9,1", "11,1", ",2", "10,2", "12,2"]);
}

#[test]
fn all_columns_of_a_key_are_new_where_they_can_be() {
    let scratch = Scratch::new();
    let text = "day,user,shop,n\n2026-01-02,a,5,1\n";
    let of = |keys: &[&str]| amplified(&frozen(&scratch, "a.csv", text, keys), 2).remove(1);
    assert_eq!(of(&["user", "shop"]), "2026-01-02,a~1,6,1");
    assert_eq!(of(&["day", "shop"]), "2026-01-02,a,6,1");
}

#[test]
fn a_text_that_looks_like_a_copys_is_none() {
    let scratch = Scratch::new();
    let lines = amplified(&frozen(&scratch, "a.csv", "user,n\na,1\na~1,1\na~~1,1\n", &["user"]), 2);
    assert_eq!(lines, ["a,1", "a~~~1,1", "a~1,1", "a~1~~~1,1", "a~~1,1", "a~~1~~~1,1"]);
}

#[test]
fn what_cannot_be_amplified_is_refused_with_the_cure() {
    let scratch = Scratch::new();
    let refused = |frozen: Frozen, times: u32, message: &str, hint: &str| {
        let error = frozen.amplified(times).expect_err(message);
        assert_eq!(error.kind(), datasets::ErrorKind::Usage);
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.hint().unwrap_or_default().contains(hint), "{:?}", error.hint());
    };
    let made = |text: &str, keys: &[&str]| frozen(&scratch, "a.csv", text, keys);
    refused(made("user,n\na,1\n", &[]), 2, "no column of the dataset is a key", "--key COLUMN");
    refused(made("on,n\n2026-01-02,1\n", &["on"]), 2, "`on` is of the type `date`", "another --key");
    refused(made("id\n9223372036854775807\n", &["id"]), 2, "no whole numbers of 64 bits are left", "fewer");
    refused(made("user\na\n", &["user"]), 0, "amplify = 0: every record is fed at least once", "1 is");
    refused(made("user\na\n", &["user"]), 1001, "1000 times at most", "more records");
    let target = scratch.path().join("items");
    freeze(&generate("uniform", 20, 7, &[].into()).expect("good"), &target).expect("good");
    let items = Frozen::open(&target).expect("whole");
    refused(items.clone(), 2, "records of bin-packing have no key", "leave it out");
    assert_eq!(
        items.amplified(1).and_then(|items| items.load::<Item>()).expect("as it is").records.len(),
        20
    );
}

#[test]
fn a_place_says_which_copy_is_meant() {
    let scratch = Scratch::new();
    let frozen = frozen(&scratch, "a.csv", "user,n\na,1\nb,1\n", &["user"]).amplified(3).expect("a key");
    assert_eq!((frozen.records(), frozen.times(), frozen.copy_name(3)), (6, 3, None));
    assert!(frozen.place(3).to_string().ends_with("line 3"));
    assert!(frozen.place(5).to_string().ends_with("line 3 (copy 2 of record 1)"), "{}", frozen.place(5));
}

/// Typed records and lines have the same copies, in memory and in chunks.
#[test]
fn typed_records_are_copied_as_their_lines_are() {
    let scratch = Scratch::new();
    let target = scratch.path().join("d");
    freeze(&generate("events", 5_000, 7, &[].into()).expect("good"), &target).expect("good");
    let plain = Frozen::open(&target).expect("whole").load::<Event>().expect("whole");
    let frozen = Frozen::open(&target).and_then(|frozen| frozen.amplified(4)).expect("a key");
    let (typed, lines) = (frozen.load::<Event>().expect("whole"), frozen.load::<Line>().expect("whole"));
    assert_eq!(typed.arrivals_ms, lines.arrivals_ms);
    let arrivals = plain.arrivals_ms.expect("times").into_iter().flat_map(|at| [at; 4]);
    assert!(arrivals.eq(typed.arrivals_ms.clone().expect("times")));
    let decoder = frozen.row_decoder::<Event>().expect("typed");
    let (mut keys, mut again) = (typed.keys.clone(), Vec::new());
    for line in texts(&lines) {
        decoder
            .decode(format!("{line}\n").as_bytes(), &mut keys, |record| again.push(record))
            .expect("a row");
    }
    assert_eq!(keys.len(), typed.keys.len(), "no key is new");
    assert!(again == typed.records);
    let (mut chunked, mut last) = (Vec::new(), 0);
    let keys = frozen
        .each_chunk::<Event, datasets::Error>(|chunk, _| {
            assert!(last == 0 || last == datasets::CHUNK_RECORDS, "only the last is short");
            last = chunk.len();
            chunked.extend_from_slice(chunk);
            Ok(())
        })
        .expect("whole");
    assert!(chunked == typed.records && keys == typed.keys);
    for (at, record) in typed.records.iter().enumerate() {
        let own = plain.records[at / 4];
        assert_eq!((record.time_ms, record.value), (own.time_ms, own.value));
        assert_eq!(typed.keys.get(record.key) == plain.keys.get(own.key), at % 4 == 0);
    }
    assert_eq!(Event::COLUMNS[1].name, "key");
}

/// The file with all copies in it: its lines are those that jobs get, with the arrival times before them.
#[test]
fn a_file_with_all_copies_can_be_written() {
    let scratch = Scratch::new();
    let target = scratch.path().join("d");
    freeze(&generate("events", 3_000, 7, &[].into()).expect("good"), &target).expect("good");
    let frozen = Frozen::open(&target).and_then(|frozen| frozen.amplified(3)).expect("a key");
    let lines = frozen.load::<Line>().expect("whole");
    let mut written = Vec::new();
    frozen.write_amplified(&mut written).expect("room");
    let written = String::from_utf8(written).expect("UTF-8");
    let mut expected = vec!["arrival_ms,event_time_ms,key,value".to_owned()];
    let arrivals = lines.arrivals_ms.clone().expect("times");
    expected.extend(arrivals.iter().zip(texts(&lines)).map(|(at, line)| format!("{at},{line}")));
    assert!(written.lines().eq(expected.iter().map(String::as_str)));
    fs::write(frozen.data_path(), "x").expect("a write");
    let error = frozen.write_amplified(&mut Vec::new()).expect_err("another file");
    assert!(error.to_string().contains("changed since the freeze"), "{error}");
}

fn field() -> impl Strategy<Value = String> {
    "[a1~, \"\n]{0,4}"
}

/// The rows of a file in CSV, every field in quotes but an empty one that is missing.
fn csv(rows: &[[String; 3]]) -> String {
    let row = |row: &[String; 3]| {
        row.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect::<Vec<_>>().join(",")
    };
    // Something that is surely text, and a last column without line ends.
    let rows = rows.iter().map(|fields| row(fields) + ",x\n").collect::<String>();
    format!("a,user,b,end\n{rows}\"p\",\"text\",\"q\",x\n")
}

proptest! {
    // Each case freezes a file.
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn keys_are_new_and_all_else_stays(
        rows in prop::collection::vec([field(), field(), field()], 1..12),
        times in 2_u32..5,
    ) {
        let scratch = Scratch::new();
        let frozen = frozen(&scratch, "a.csv", &csv(&rows), &["user"]);
        let plain = texts(&frozen.load::<Line>().expect("whole"));
        let all = amplified(&frozen, times);
        prop_assert_eq!(all.len(), plain.len() * times as usize);
        let known: HashSet<String> = plain.iter().map(|line| fields(line)[1].clone()).collect();
        let mut renamed = std::collections::HashMap::new();
        for (at, line) in all.iter().enumerate() {
            let (own, copy) = (&plain[at / times as usize], at % times as usize);
            if copy == 0 {
                prop_assert_eq!(line, own);
                continue;
            }
            let (mut new, old) = (fields(line), fields(own));
            let key = std::mem::replace(&mut new[1], old[1].clone());
            prop_assert_eq!(&new, &old);
            prop_assert!(!known.contains(&key), "{} of {:?}", key, known);
            // One key has one new key in a copy, which is nobody else's.
            let of = renamed.entry(key).or_insert((old[1].clone(), copy));
            prop_assert_eq!(of, &mut (old[1].clone(), copy));
        }
    }
}
