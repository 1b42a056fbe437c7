//! Shows how each type is written.

use datasets::FieldKind::{self, Boolean, Null, Number, Text};
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::data_type::Int96;
use parquet::file::properties::WriterVersion;

use crate::made::{How, Made, Values, failure, place, read, write};

/// Writes a column of one type, required, and returns its fields.
fn fields(field: &str, values: Values) -> Vec<(FieldKind, String)> {
    let (_folder, path) = place();
    let schema = format!("message m {{ required {field}; }}");
    write(&path, &schema, &[vec![Made::required(values)]], How::default());
    let said = read(&path).expect("it reads");
    assert_eq!(said.columns.len(), 1);
    said.rows.into_iter().map(|mut row| row.remove(0)).collect()
}

#[track_caller]
fn check(field: &str, values: Values, kind: FieldKind, expected: &[&str]) {
    let expected: Vec<(FieldKind, String)> = expected.iter().map(|text| (kind, (*text).to_owned())).collect();
    assert_eq!(fields(field, values), expected, "{field}");
}

#[test]
fn whole_numbers_keep_their_sign_and_their_digits() {
    let int32 = || Values::Int32(vec![0, -1, i32::MIN, i32::MAX]);
    let int64 = || Values::Int64(vec![0, -1, i64::MIN, i64::MAX]);
    check("int32 x", int32(), Number, &["0", "-1", "-2147483648", "2147483647"]);
    check("int32 x (INTEGER(8,true))", Values::Int32(vec![-128]), Number, &["-128"]);
    check("int32 x (UINT_8)", Values::Int32(vec![255]), Number, &["255"]);
    check("int32 x (INTEGER(32,false))", int32(), Number, &["0", "4294967295", "2147483648", "2147483647"]);
    check("int64 x", int64(), Number, &["0", "-1", "-9223372036854775808", "9223372036854775807"]);
    let unsigned = ["0", "18446744073709551615", "9223372036854775808", "9223372036854775807"];
    check("int64 x (INTEGER(64,false))", int64(), Number, &unsigned);
    check("int64 x (UINT_64)", int64(), Number, &unsigned);
}

#[test]
fn decimals_keep_their_scale() {
    let few = || Values::Int32(vec![0, -5, 5, 123_456, -123_456]);
    check("int32 x (DECIMAL(9,2))", few(), Number, &["0.00", "-0.05", "0.05", "1234.56", "-1234.56"]);
    check("int32 x (DECIMAL(9,0))", few(), Number, &["0", "-5", "5", "123456", "-123456"]);
    let most = Values::Int64(vec![-999_999_999_999_999_999]);
    check("int64 x (DECIMAL(18,18))", most, Number, &["-0.999999999999999999"]);
    let bytes = [vec![0x7f], vec![0x80], vec![0xff, 0xff, 0xff, 0x7f], vec![0, 0, 0, 0, 1, 0]];
    check(
        "binary x (DECIMAL(9,1))",
        Values::Bytes(bytes.to_vec()),
        Number,
        &["12.7", "-12.8", "-12.9", "25.6"],
    );
}

/// Ten to the power of `exponent` in 256 bits, the highest byte first: by doubling and adding, not by division.
fn power_of_ten(exponent: usize) -> Vec<u8> {
    let mut bytes = vec![0_u8; 32];
    bytes[31] = 1;
    for _ in 0..exponent {
        let mut carry = 0_u32;
        for byte in bytes.iter_mut().rev() {
            let value = u32::from(*byte) * 10 + carry;
            *byte = (value & 255) as u8;
            carry = value >> 8;
        }
    }
    bytes
}

#[test]
fn decimals_have_up_to_256_bits() {
    let values: Vec<Vec<u8>> = (0..76).map(power_of_ten).collect();
    let expected: Vec<String> = (0..76)
        .map(|exponent| {
            let digits = format!("{:0>41}", format!("1{}", "0".repeat(exponent)));
            format!("{}.{}", &digits[..digits.len() - 40], &digits[digits.len() - 40..])
        })
        .collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check("fixed_len_byte_array(32) x (DECIMAL(76,40))", Values::Fixed(values), Number, &expected);
    let mut lowest = vec![0; 32];
    lowest[0] = 0x80;
    let words = "-57896044618658097711785492504343953926634992332820282019728792003956564819968";
    check(
        "fixed_len_byte_array(32) x (DECIMAL(76,0))",
        Values::Fixed(vec![lowest, vec![255; 32]]),
        Number,
        &[words, "-1"],
    );
}

#[test]
fn a_decimal_of_more_bits_is_refused() {
    let (_folder, path) = place();
    let mut long = vec![1];
    long.extend([0; 32]);
    let values = Values::Bytes(vec![vec![1], long]);
    write(
        &path,
        "message m { required binary x (DECIMAL(9,1)); }",
        &[vec![Made::required(values)]],
        How::default(),
    );
    let said = failure(&path);
    assert!(said.contains("line 2") && said.contains("'x': a decimal of more than 256 bits"), "{said}");
}

#[test]
fn floats_have_the_fewest_digits_that_give_them_back() {
    let doubles = [0.1, -0.0, 1.0, 1e300, 5e-324, f64::MAX, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let expected =
        ["0.1", "-0.0", "1.0", "1e300", "5e-324", "1.7976931348623157e308", "NaN", "Infinity", "-Infinity"];
    check("double x", Values::Double(doubles.to_vec()), Number, &expected);
    let floats = [0.1, -0.0, 16_777_216.0, f32::MIN_POSITIVE, f32::NAN, f32::NEG_INFINITY];
    check(
        "float x",
        Values::Float(floats.to_vec()),
        Number,
        &["0.1", "-0.0", "16777216.0", "1.1754944e-38", "NaN", "-Infinity"],
    );
}

#[test]
fn every_half_float_reads_back_and_no_shorter_text_does() {
    let all: Vec<Vec<u8>> = (0..=u16::MAX).map(|bits| bits.to_le_bytes().to_vec()).collect();
    let fields = fields("fixed_len_byte_array(2) x (FLOAT16)", Values::Fixed(all));
    assert_eq!(fields.len(), 65_536);
    for (bits, (kind, text)) in (0..=u16::MAX).zip(fields) {
        let value = half::f16::from_bits(bits);
        assert_eq!(kind, Number);
        if value.is_finite() {
            let read: f64 = text.parse().expect(&text);
            assert_eq!(half::f16::from_f64(read).to_bits(), bits, "{text}");
            let digits = text.split('e').next().expect("a mantissa").trim_matches(['-', '0', '.']).len();
            assert!(digits <= 6, "{text}");
        } else {
            assert_eq!(
                text,
                if value.is_nan() {
                    "NaN"
                } else if bits < 0x8000 {
                    "Infinity"
                } else {
                    "-Infinity"
                }
            );
        }
    }
}

#[test]
fn dates_and_times_are_written_by_iso_8601() {
    let days = Values::Int32(vec![0, -1, 11_016, 19_782, -719_529, 2_932_897, -800_000]);
    let dates = [
        "1970-01-01",
        "1969-12-31",
        "2000-02-29",
        "2024-02-29",
        "-0001-12-31",
        "+10000-01-01",
        "-0221-09-04",
    ];
    check("int32 x (DATE)", days, Text, &dates);
    check(
        "int32 x (TIME_MILLIS)",
        Values::Int32(vec![0, 86_399_999]),
        Text,
        &["00:00:00.000", "23:59:59.999"],
    );
    check("int64 x (TIME(MICROS,false))", Values::Int64(vec![3_723_000_004]), Text, &["01:02:03.000004"]);
    check("int64 x (TIME(NANOS,true))", Values::Int64(vec![1]), Text, &["00:00:00.000000001"]);
    let times = || Values::Int64(vec![-1, 0, 951_782_400_000]);
    let utc = ["1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00.000Z", "2000-02-29T00:00:00.000Z"];
    check("int64 x (TIMESTAMP(MILLIS,true))", times(), Text, &utc);
    check("int64 x (TIMESTAMP_MILLIS)", times(), Text, &utc);
    let local = utc.map(|text| text.trim_end_matches('Z'));
    check("int64 x (TIMESTAMP(MILLIS,false))", times(), Text, &local);
    let micros = Values::Int64(vec![-1]);
    check("int64 x (TIMESTAMP(MICROS,true))", micros, Text, &["1969-12-31T23:59:59.999999Z"]);
    let nanos = Values::Int64(vec![i64::MIN, i64::MAX]);
    let far = ["1677-09-21T00:12:43.145224192Z", "2262-04-11T23:47:16.854775807Z"];
    check("int64 x (TIMESTAMP(NANOS,true))", nanos, Text, &far);
}

#[test]
fn every_day_of_four_centuries_follows_the_day_before() {
    let first = -141_427; // 1582-10-15
    let days: Vec<i32> = (first..first + 146_097).collect();
    let dates = fields("int32 x (DATE)", Values::Int32(days));
    let (mut year, mut month, mut day) = (1582, 10, 15);
    for (_, text) in dates {
        assert_eq!(text, format!("{year:04}-{month:02}-{day:02}"));
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 => 28 + i32::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        day += 1;
        if day > days {
            (day, month) = (1, month + 1);
        }
        if month > 12 {
            (month, year) = (1, year + 1);
        }
    }
}

#[test]
fn times_of_96_bits_have_their_nanoseconds_and_a_note() {
    let time = |nanos: u64, day: u32| {
        let mut time = Int96::new();
        time.set_data((nanos & 0xffff_ffff) as u32, (nanos >> 32) as u32, day);
        time
    };
    let (_folder, path) = place();
    let values = vec![time(0, 2_440_588), time(86_399_999_999_999, 2_440_587), time(1, 2_816_788)];
    write(
        &path,
        "message m { required int96 t; }",
        &[vec![Made::required(Values::Int96(values))]],
        How::default(),
    );
    let said = read(&path).expect("it reads");
    let expected =
        ["1970-01-01T00:00:00.000000000", "1969-12-31T23:59:59.999999999", "3000-01-01T00:00:00.000000001"];
    assert_eq!(said.texts(0), expected);
    assert!(said.notes[0].contains("'t'") && said.notes[0].contains("INT96"), "{:?}", said.notes);
}

#[test]
fn texts_are_texts_and_bytes_have_digits() {
    let texts = |texts: &[&[u8]]| Values::Bytes(texts.iter().map(|text| text.to_vec()).collect());
    check("binary x (UTF8)", texts(&[b"", b"a,\"b\"\n", "é".as_bytes()]), Text, &["", "a,\"b\"\n", "é"]);
    check("binary x (ENUM)", texts(&[b"RED"]), Text, &["RED"]);
    check("binary x (JSON)", texts(&[b"{ \"a\": 1 }"]), Text, &["{ \"a\": 1 }"]);
    check("binary x", texts(&[b"abc", b"\xff\x00", b""]), Text, &["\\x616263", "\\xff00", "\\x"]);
    let fixed = Values::Fixed(vec![vec![0, 0xab], b"ab".to_vec()]);
    check("fixed_len_byte_array(2) x", fixed, Text, &["\\x00ab", "\\x6162"]);
    let id = (0..16).collect();
    check(
        "fixed_len_byte_array(16) x (UUID)",
        Values::Fixed(vec![id]),
        Text,
        &["00010203-0405-0607-0809-0a0b0c0d0e0f"],
    );
    let interval = vec![2, 0, 0, 0, 3, 0, 0, 0, 0x39, 0x30, 0, 0];
    check("fixed_len_byte_array(12) x (INTERVAL)", Values::Fixed(vec![interval]), Text, &["P2M3DT12.345S"]);
    check("boolean x", Values::Boolean(vec![true, false]), Boolean, &["true", "false"]);
}

#[test]
fn a_text_that_is_none_is_refused_with_its_row() {
    let (_folder, path) = place();
    let values = Values::Bytes(vec![b"a".to_vec(), b"\xff".to_vec()]);
    write(&path, "message m { required binary x (UTF8); }", &[vec![Made::required(values)]], How::default());
    let said = failure(&path);
    assert!(said.contains("line 2") && said.contains("column 'x': not UTF-8 text"), "{said}");
}

#[test]
fn null_is_neither_missing_nor_empty() {
    let (_folder, path) = place();
    let is_there = [false, true, false, true];
    let columns = vec![
        Made::optional(Values::Bytes(vec![b"".to_vec(), b"null".to_vec()]), &is_there),
        Made::optional(Values::Int64(vec![1, 2]), &is_there),
    ];
    write(&path, "message m { optional binary s (UTF8); optional int64 n; }", &[columns], How::default());
    let said = read(&path).expect("it reads");
    let null = (Null, "null".to_owned());
    assert_eq!(said.rows[0], [null.clone(), null.clone()]);
    assert_eq!(said.rows[1], [(Text, String::new()), (Number, "1".to_owned())]);
    assert_eq!(said.rows[2], [null.clone(), null]);
    assert_eq!(said.rows[3], [(Text, "null".to_owned()), (Number, "2".to_owned())]);
}

#[test]
fn whole_numbers_in_doubles_and_times_without_a_zone_are_told() {
    let note = |field: &str, values: Values| {
        let (_folder, path) = place();
        write(
            &path,
            &format!("message m {{ required {field}; }}"),
            &[vec![Made::required(values)]],
            How::default(),
        );
        read(&path).expect("it reads").notes
    };
    let doubles = |values: &[f64]| note("double sum", Values::Double(values.to_vec()));
    assert!(doubles(&[1.0, 9_007_199_254_740_992.0])[0].contains("'sum' holds whole numbers as doubles"));
    assert_eq!(doubles(&[1.0, 9_007_199_254_740_991.0]), [""; 0]);
    assert_eq!(doubles(&[1.5, 9_007_199_254_740_992.0]), [""; 0]);
    assert_eq!(doubles(&[f64::INFINITY, f64::NAN]), [""; 0]);
    assert!(note("int64 t (TIMESTAMP(MICROS,false))", Values::Int64(vec![1]))[0].contains("without a zone"));
    assert_eq!(note("int64 t (TIMESTAMP(MICROS,true))", Values::Int64(vec![1])), [""; 0]);
    assert!(note("binary b", Values::Bytes(vec![vec![0xff]]))[0].contains("'b' holds bytes"));
    assert_eq!(note("binary b (UTF8)", Values::Bytes(vec![b"text".to_vec()])), [""; 0]);
}

#[test]
fn rows_are_the_same_in_every_compression_and_version() {
    let (_folder, path) = place();
    let rows = 10_000;
    let is_there: Vec<bool> = (0..rows).map(|row| row % 7 != 0).collect();
    let there = || (0..rows).filter(|row| row % 7 != 0);
    let columns = vec![
        Made::required(Values::Int64((0..rows).collect())),
        Made::optional(
            Values::Bytes(there().map(|row| format!("text {}", row % 50).into_bytes()).collect()),
            &is_there,
        ),
        Made::optional(Values::Double(there().map(|row| row as f64 / 8.0).collect()), &is_there),
    ];
    let schema = "message m { required int64 id; optional binary s (UTF8); optional double x; }";
    let compressions = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ];
    let mut first = None;
    for compression in compressions {
        for (version, has_dictionary) in
            [(WriterVersion::PARQUET_1_0, true), (WriterVersion::PARQUET_2_0, false)]
        {
            let how = How { compression, has_dictionary, version, ..How::default() };
            write(&path, schema, &[columns.clone(), columns.clone()], how);
            let said = read(&path).expect("it reads");
            assert_eq!(said.rows.len(), 20_000);
            let first = first.get_or_insert_with(|| said.clone());
            assert!(*first == said, "{how:?}");
        }
    }
    let first = first.expect("a file");
    for (row, fields) in (0..rows).chain(0..rows).zip(&first.rows) {
        let [id, s, x] = &fields[..] else { panic!("three fields") };
        assert_eq!(id.1, row.to_string());
        if row % 7 == 0 {
            assert_eq!((s.0, x.0), (Null, Null));
        } else {
            assert_eq!(s.1, format!("text {}", row % 50));
            assert_eq!(x.1.parse::<f64>(), Ok(row as f64 / 8.0));
        }
    }
}
