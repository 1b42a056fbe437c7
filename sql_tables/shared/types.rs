//! Each type of a column, there and back: to an engine and as it is written in its answer.

use datasets::GenericOptions;

use crate::asked::{ask, is_there};
use crate::made::{generic, lines, names};

const ALL_TYPES: &str = "\
User,n,amount,share,ok,day,at,zoned,note,tags
a,1,13.07,0.1,true,1969-12-31,1969-12-31 23:59:59.5,2024-07-01T00:00:00+02:00,x,\"{\"\"b\"\": 1}\"
b,-9223372036854775808,-0.5,-0.0,false,2024-02-29,2024-01-01 00:00:00,1970-01-01T00:00:00Z,\"\",[]
c,,,,,,,,,
\"d,e\",99999999999999999999,7,1e300,TRUE,9999-12-31,2024-01-01 12:00:00.000001,2024-07-01T00:00:00.25Z,\"say \"\"hi\"\"\",\"[1]\"
";

#[test]
fn each_column_has_its_type() {
    if !is_there() {
        return;
    }
    let made = generic(ALL_TYPES, &GenericOptions::default());
    let frozen = &made.frozen;
    let all = ask(frozen, "SELECT * FROM records").expect("rows");
    assert_eq!(
        names(&all),
        ["User", "n", "amount", "share", "ok", "day", "at", "zoned", "note", "tags", "record_offset"]
    );
    assert_eq!(
        lines(frozen, "SELECT * FROM records"),
        [
            "a|1|13.07|0.1|true|1969-12-31|1969-12-31T23:59:59.500|2024-06-30T22:00:00Z|x|{\"b\": 1}|0",
            "b|-9223372036854775808|-0.50|0.0|false|2024-02-29|2024-01-01T00:00:00|1970-01-01T00:00:00Z||[]|1",
            "c|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|2",
            "d,e|99999999999999999999|7.00|1e300|true|9999-12-31|2024-01-01T12:00:00.000001|2024-07-01T00:00:00.250Z|say \"hi\"|[1]|3",
        ]
    );
    assert_eq!(
        lines(
            frozen,
            "SELECT sum(n) AS n, sum(amount) AS a, avg(amount) AS m, count(note) AS notes FROM records"
        ),
        ["90776627963145224192|19.57|6.523333|3"]
    );
    assert_eq!(lines(frozen, "SELECT User FROM records WHERE ok AND day > DATE '2000-01-01'"), ["d,e"]);
    let unknown =
        ask(frozen, "SELECT user FROM records").map(|table| table.rows()).expect_err("of another case");
    assert!(unknown.to_string().to_lowercase().contains("did you mean"), "{unknown}");
    assert!(unknown.to_string().contains("`User`"), "{unknown}");
}
