//! Values in Avro and Protobuf, byte by byte as their specifications say, and a registry in this process.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::PathBuf,
};

use replay::link::{Encoding, MessageFormat};

use super::{Decoder, Undecoded};

/// A record with what rows hold, each kind once.
const AVRO: &str = r#"{"type":"record","name":"Row","namespace":"shop","fields":[
    {"name":"user","type":"string"},
    {"name":"n","type":"long"},
    {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
    {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"fine","type":{"type":"long","logicalType":"timestamp-micros"}},
    {"name":"day","type":{"type":"int","logicalType":"date"}},
    {"name":"share","type":"double"},
    {"name":"note","type":["null","string"]},
    {"name":"kind","type":{"type":"enum","name":"Kind","symbols":["a","b"]}},
    {"name":"ok","type":"boolean"}]}"#;

/// Whole numbers of Avro: each twice its value, or less one where it is below 0, seven bits a byte.
fn number(value: i64) -> Vec<u8> {
    let mut rest = (value << 1 ^ value >> 63).cast_unsigned();
    let mut bytes = Vec::new();
    loop {
        let byte = (rest & 0x7f) as u8;
        rest >>= 7;
        if rest == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

fn text(text: &str) -> Vec<u8> {
    [number(text.len().try_into().expect("short")), text.as_bytes().to_vec()].concat()
}

/// The record, by the specification: fields one behind the other, without names.
fn avro_row() -> Vec<u8> {
    [
        text("Ann \"a\""),
        number(-3),
        // 12.34 is 1234, two bytes, the greatest first.
        [number(2), vec![0x04, 0xd2]].concat(),
        number(1_700_000_000_123),
        number(1_700_000_000_123_456),
        number(19_000),
        0.1_f64.to_le_bytes().to_vec(),
        number(0),
        number(1),
        vec![1],
    ]
    .concat()
}

const ROW: &str = r#"{"user":"Ann \"a\"","n":-3,"price":12.34,"at":1700000000123,"fine":1700000000123.456,"day":"2022-01-08","share":0.1,"note":null,"kind":"b","ok":true}"#;

/// A file in a folder that goes with it.
struct File {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn file(name: &str, text: &str) -> File {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("written");
    File { path, _folder: folder }
}

fn with(encoding: Encoding, schema: &File) -> MessageFormat {
    MessageFormat { encoding, schema: Some(schema.path.clone()), ..MessageFormat::default() }
}

fn json(decoder: &mut Decoder, value: &[u8]) -> Result<String, String> {
    let json = decoder.decode(value).map_err(|why| why.to_string())?;
    Ok(String::from_utf8(json.into_owned()).expect("text"))
}

fn framed(id: u32, value: &[u8]) -> Vec<u8> {
    [&[0][..], &id.to_be_bytes(), value].concat()
}

#[test]
fn avro_is_read_by_its_schema() {
    let schema = file("row.avsc", AVRO);
    let decoder = &mut Decoder::new(&with(Encoding::Avro, &schema)).expect("a schema");
    assert_eq!(json(decoder, &avro_row()).as_deref(), Ok(ROW));
    let longer = [avro_row(), vec![7]].concat();
    assert!(json(decoder, &longer).expect_err("a byte more").contains("goes on for 1 bytes"));
    let shorter = &avro_row()[..9];
    assert!(json(decoder, shorter).expect_err("cut").contains("isn't what its schema says"));
}

#[test]
fn a_reference_within_its_own_namespace_keeps_its_point() {
    let schema = file(
        "row.avsc",
        r#"{"type":"record","name":"R","namespace":"a.b","fields":[
            {"name":"x","type":{"type":"record","name":"M","fields":[
                {"name":"v","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":1}}]}},
            {"name":"y","type":"M"},{"name":"list","type":{"type":"array","items":["null","M"]}},{"name":"map","type":{"type":"map","values":"long"}}]}"#,
    );
    let decoder = &mut Decoder::new(&with(Encoding::Avro, &schema)).expect("a schema");
    let value = [
        vec![2, 5],
        vec![2, 0xff],
        [number(2), number(0), number(1), vec![2, 7], number(0)].concat(),
        [number(2), text("b"), number(2), text("a"), number(1), number(0)].concat(),
    ]
    .concat();
    let wanted = r#"{"x":{"v":0.5},"y":{"v":-0.1},"list":[null,{"v":0.7}],"map":{"a":1,"b":2}}"#;
    assert_eq!(json(decoder, &value).as_deref(), Ok(wanted));
}

const PROTO: &str = r#"syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
message Other { message Inner { string user = 1; } }
message Row { string user = 1; int64 n = 2; double share = 3; optional string note = 4; Kind kind = 5; google.protobuf.Timestamp seen = 6; }
enum Kind { NONE = 0; BIG = 1; }"#;

/// Fields by the specification: number and wire type in one byte, then the value.
fn proto_row() -> Vec<u8> {
    [
        vec![0x0a, 3],
        b"Ann".to_vec(),
        // Whole numbers aren't doubled here: 300 is 0xac 0x02.
        vec![0x10, 0xac, 0x02],
        vec![0x28, 1],
        vec![0x32, 2, 0x08, 1],
    ]
    .concat()
}

const PROTO_ROW: &str = r#"{"user":"Ann","n":300,"share":0.0,"kind":"BIG","seen":"1970-01-01T00:00:01Z"}"#;

#[test]
fn protobuf_is_read_by_its_schema() {
    let schema = file("row.proto", PROTO);
    let format = MessageFormat { message: Some("shop.Row".to_owned()), ..with(Encoding::Protobuf, &schema) };
    let decoder = &mut Decoder::new(&format).expect("a schema");
    assert_eq!(json(decoder, &proto_row()).as_deref(), Ok(PROTO_ROW));
    let unknown = [proto_row(), vec![0x40, 1]].concat();
    assert!(
        json(decoder, &unknown).expect_err("unknown").contains("has a field 8, which shop.Row doesn't have")
    );
    assert!(json(decoder, &[0x0a, 9]).expect_err("cut").contains("is no shop.Row"));
    let within = [proto_row(), vec![0x32, 2, 0x20, 1]].concat();
    let unknown = json(decoder, &within).expect_err("unknown");
    assert!(unknown.contains("has a field 4, which google.protobuf.Timestamp doesn't have"), "{unknown}");
    // The second message of the file, as a frame says it.
    let format = MessageFormat { is_framed: true, ..format };
    let decoder = &mut Decoder::new(&format).expect("a schema");
    let value = |indexes: &[u8]| framed(7, &[indexes, &proto_row()].concat());
    assert_eq!(json(decoder, &value(&[2, 2])).as_deref(), Ok(PROTO_ROW));
    let other = json(decoder, &value(&[0])).expect_err("another message");
    assert!(other.contains("is a shop.Other, and kafka.message is \"shop.Row\""), "{other}");
    assert!(json(decoder, &value(&[2, 8])).expect_err("none").contains("has none there"));
}

#[test]
fn a_schema_that_is_wrong_is_named() {
    for (name, text, encoding, what) in [
        ("x.avsc", "{", Encoding::Avro, "isn't understood"),
        ("x.avsc", r#""long""#, Encoding::Avro, "is no record"),
        (
            "x.avsc",
            r#"{"type":"record","name":"R","fields":[{"name":"x","type":"Gone"}]}"#,
            Encoding::Avro,
            "isn't understood",
        ),
        ("x.proto", "message {", Encoding::Protobuf, "isn't understood"),
        ("x.proto", "syntax = \"proto3\"; import \"gone.proto\";", Encoding::Protobuf, "isn't understood"),
        (
            "x.proto",
            "syntax = \"proto3\"; message A {} ",
            Encoding::Protobuf,
            "has no message 'Row'; it has A",
        ),
    ] {
        let schema = file(name, text);
        let message = (encoding == Encoding::Protobuf).then(|| "Row".to_owned());
        let format = MessageFormat { message, ..with(encoding, &schema) };
        let error = Decoder::new(&format).err().expect(what);
        assert!(error.contains(what) && error.contains(name), "{error}");
    }
    let format = MessageFormat {
        schema: Some("gone.avsc".into()),
        encoding: Encoding::Avro,
        ..MessageFormat::default()
    };
    assert!(Decoder::new(&format).err().expect("gone").contains("gone.avsc can't be read"));
    let two = file("two.proto", PROTO);
    let decoder = &mut Decoder::new(&with(Encoding::Protobuf, &two)).expect("a schema");
    assert!(json(decoder, &proto_row()).expect_err("which").contains("several messages"));
}

#[test]
fn frames_without_a_registry_name_one_schema() {
    let format = MessageFormat { is_framed: true, ..MessageFormat::default() };
    let decoder = &mut Decoder::new(&format).expect("nothing to read");
    assert_eq!(json(decoder, &framed(4, b"{}")).as_deref(), Ok("{}"));
    let other = json(decoder, &framed(5, b"{}")).expect_err("another id");
    assert!(other.contains("has the schema id 5, and others have 4"), "{other}");
    assert!(json(decoder, b"{}").expect_err("no frame").contains("begins with 0x7b"));
}

/// A registry that answers from a table, as long as the test lasts; other paths aren't there.
fn registry(answers: HashMap<&'static str, String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut lines = BufReader::new(stream.try_clone().expect("a copy")).lines();
            let first = lines.next().and_then(Result::ok).unwrap_or_default();
            while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
            let path = first.split(' ').nth(1).unwrap_or_default();
            let (status, body) = match answers.get(path) {
                Some(body) => ("200 OK", body.as_str()),
                None => ("404 Not Found", r#"{"error_code":40403}"#),
            };
            let head =
                format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all((head + body).as_bytes());
        }
    });
    address
}

fn answer(schema: &str, more: &str) -> String {
    format!("{{\"schema\":{}{more}}}", serde_json::Value::from(schema))
}

#[test]
fn a_registry_gives_schemas_with_what_they_refer_to() {
    let outer = r#"{"type":"record","name":"R","fields":[{"name":"x","type":"shop.M"}]}"#;
    let inner = r#"{"type":"record","name":"shop.M","fields":[{"name":"v","type":"long"}]}"#;
    let references = r#","references":[{"name":"shop.M","subject":"of/m","version":3}]"#;
    let address = registry(HashMap::from([
        ("/schemas/ids/1", answer(AVRO, "")),
        ("/schemas/ids/2", answer(outer, references)),
        ("/subjects/of%2Fm/versions/3", answer(inner, "")),
        ("/schemas/ids/3", answer(PROTO, r#","schemaType":"PROTOBUF""#)),
    ]));
    let of = |encoding| {
        let format = MessageFormat {
            encoding,
            registry: Some(address.clone()),
            is_framed: true,
            ..MessageFormat::default()
        };
        Decoder::new(&format).expect("nothing to read")
    };
    let avro = &mut of(Encoding::Avro);
    // Two schemas in one topic.
    for _ in 0..2 {
        assert_eq!(json(avro, &framed(1, &avro_row())).as_deref(), Ok(ROW));
        assert_eq!(json(avro, &framed(2, &number(7))).as_deref(), Ok(r#"{"x":{"v":7}}"#));
    }
    let wrong = json(avro, &framed(3, &[])).expect_err("Protobuf");
    assert!(wrong.contains("calls PROTOBUF, and kafka.format is \"avro\""), "{wrong}");
    let none = json(avro, &framed(9, &[])).expect_err("no such id");
    assert!(none.contains("/schemas/ids/9 doesn't give") && none.contains("404"), "{none}");
    // What isn't there isn't asked for again, and one that doesn't answer is another matter.
    assert!(matches!(avro.decode(&framed(9, &[])), Err(Undecoded::Value(_))));
    let silent = MessageFormat {
        encoding: Encoding::Avro,
        registry: Some("http://127.0.0.1:1".to_owned()),
        is_framed: true,
        ..MessageFormat::default()
    };
    let silent = &mut Decoder::new(&silent).expect("nothing to read");
    assert!(matches!(silent.decode(&framed(1, &[])), Err(Undecoded::Registry(_))));
    let protobuf = &mut of(Encoding::Protobuf);
    let value = framed(3, &[&[2, 2][..], &proto_row()].concat());
    assert_eq!(json(protobuf, &value).as_deref(), Ok(PROTO_ROW));
}
