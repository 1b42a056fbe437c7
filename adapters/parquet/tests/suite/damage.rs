//! Shows that a damaged file, or one that isn't read, is refused by name: never by a panic, and never with other rows.

use std::fs;
use std::path::Path;

use datasets::{Error, SplitMix64};
use parquet::basic::Compression;

use crate::made::{How, Made, Values, failure, place, read, write};

const SCHEMA: &str = "message m { required int64 id; optional binary s (UTF8); required double x; \
                      optional group l (LIST) { repeated group list { optional int32 element; } } }";

/// A small file with some of everything.
fn bytes_of_file(path: &Path, compression: Compression) -> Vec<u8> {
    let columns = vec![
        Made::required(Values::Int64(vec![1, 2, 3])),
        Made::optional(Values::Bytes(vec![b"one".to_vec(), b"one".to_vec()]), &[true, false, true]),
        Made::required(Values::Double(vec![0.5, 1.5, 2.5])),
        Made { values: Values::Int32(vec![7, 8]), defined: vec![3, 2, 0, 3], repeated: vec![0, 1, 0, 0] },
    ];
    let how = How { compression, ..How::default() };
    write(path, SCHEMA, &[columns.clone(), columns], how);
    fs::read(path).expect("the file")
}

/// Makes a new file: many file systems wait for the disk where one is written again.
fn put(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).expect("removed");
    fs::write(path, bytes).expect("written");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let (_folder, path) = place();
    let bytes = bytes_of_file(&path, Compression::SNAPPY);
    let whole = read(&path).expect("it reads");
    assert_eq!(whole.rows.len(), 6);
    for length in 0..bytes.len() {
        put(&path, &bytes[..length]);
        let said = failure(&path);
        let words = match length {
            0 => "the file is empty, and so not Parquet",
            1..4 => "not a Parquet file",
            _ => "cut short",
        };
        assert!(said.contains(words), "{length}: {said}");
    }
}

#[test]
fn what_is_missing_from_the_middle_is_missed() {
    let (_folder, path) = place();
    let bytes = bytes_of_file(&path, Compression::SNAPPY);
    for length in [1, 7, 50, 200] {
        let from = 4 + (bytes.len() - 8 - length) / 4;
        let cut = [&bytes[..from], &bytes[from + length..]].concat();
        fs::write(&path, cut).expect("written");
        let said = failure(&path);
        assert!(said.contains("damaged") || said.contains("encoding"), "{said}");
    }
}

/// Reads whatever it is, which must end one way or the other.
fn try_to_read(path: &Path) -> bool {
    match read(path) {
        Ok(_) => true,
        Err(Error::Input { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn changed_bytes_do_no_harm() {
    let (_folder, path) = place();
    let mut chance = SplitMix64::new(1);
    let (mut read, mut refused) = (0, 0);
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY] {
        let bytes = bytes_of_file(&path, compression);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << chance.uniform(0, 7);
            put(&path, &changed);
            if try_to_read(&path) { read += 1 } else { refused += 1 }
        }
        for _ in 0..200 {
            let mut changed = bytes.clone();
            for _ in 0..chance.uniform(1, 8) {
                let at = chance.uniform(0, bytes.len() as u64 - 1) as usize;
                changed[at] = chance.uniform(0, 255) as u8;
            }
            put(&path, &changed);
            if try_to_read(&path) { read += 1 } else { refused += 1 }
        }
    }
    assert!(read > 100 && refused > 1_000, "{read} read, {refused} refused");
}

/// A file that is nothing but this footer.
fn with_footer(path: &Path, footer: &[u8]) {
    let length = u32::try_from(footer.len()).expect("a short footer").to_le_bytes();
    fs::write(path, [b"PAR1", footer, &length, b"PAR1"].concat()).expect("written");
}

/// A number as Thrift writes a count.
fn count(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// An element of a schema with so many children: it is required, and called `g`.
fn group(children: u64) -> Vec<u8> {
    [&[0x35, 0x00, 0x18, 0x01, b'g', 0x15][..], &count(2 * children), &[0x00]].concat()
}

/// A list of structs, field 2 behind field 1.
fn schema(elements: &[Vec<u8>]) -> Vec<u8> {
    [&[0x15, 0x02, 0x19, 0xfc][..], &count(elements.len() as u64), &elements.concat()].concat()
}

#[test]
fn columns_nested_too_deeply_are_refused_before_they_are_believed() {
    let (_folder, path) = place();
    let leaf = vec![0x15, 0x02, 0x25, 0x00, 0x18, 0x01, b'x', 0x00];
    let nested = |levels: usize| {
        let mut elements = vec![group(1); levels];
        elements.push(leaf.clone());
        // No rows, no row groups.
        [&schema(&elements)[..], &[0x16, 0x00, 0x19, 0x0c, 0x00]].concat()
    };
    with_footer(&path, &nested(100));
    assert_eq!(read(&path).expect("it reads").rows.len(), 0);
    for levels in [102, 100_000] {
        with_footer(&path, &nested(levels));
        let said = failure(&path);
        assert!(said.contains("nested more than 100 levels deep"), "{said}");
    }
}

#[test]
fn a_footer_that_counts_more_than_it_has_is_refused_before_it_is_believed() {
    let (_folder, path) = place();
    let many = 2_000_000_000;
    let children = [schema(&[group(many)]), vec![0x16, 0x00, 0x19, 0x0c, 0x00]].concat();
    let groups = [schema(&[group(0)]), vec![0x16, 0x00, 0x19, 0xfc], count(many), vec![0x00]].concat();
    let elements = [&[0x15, 0x02, 0x19, 0xfc][..], &count(many), &[0x00]].concat();
    for footer in [children, groups, elements, vec![], vec![0xff; 100]] {
        with_footer(&path, &footer);
        let said = failure(&path);
        assert!(said.contains("damaged: its footer doesn't read as one"), "{said}");
    }
}

#[test]
fn rows_that_a_footer_promises_and_columns_lack_are_no_nulls() {
    let (_folder, path) = place();
    let is_there = [true, true, true];
    let column = Made::optional(Values::Int64(vec![1, 2, 3]), &is_there);
    write(&path, "message m { optional int64 x; }", &[vec![column]], How::default());
    let mut bytes = fs::read(&path).expect("the file");
    // A count of three is written as `16 06`: of the column's values, of the row group's rows, of the file's.
    let footer = bytes.len() / 2;
    for at in footer..bytes.len() - 8 {
        if bytes[at..].starts_with(&[0x16, 0x06]) {
            bytes[at + 1] = 0x08;
        }
    }
    put(&path, &bytes);
    let said = failure(&path);
    assert!(said.contains("'x'") && said.contains("fewer rows than the file says"), "{said}");
}

#[test]
fn encrypted_files_are_called_so() {
    let (_folder, path) = place();
    let bytes = bytes_of_file(&path, Compression::UNCOMPRESSED);
    let mut footer = bytes.clone();
    let end = footer.len();
    footer[end - 4..].copy_from_slice(b"PARE");
    let mut both = footer.clone();
    both[..4].copy_from_slice(b"PARE");
    for bytes in [footer, both] {
        fs::write(&path, bytes).expect("written");
        let said = failure(&path);
        assert!(said.contains("encrypted") && said.contains("without encryption"), "{said}");
    }
    // Its footer can be read; field 8 says how the columns are encrypted.
    let algorithm = [0x4c, 0x1c, 0x00, 0x00];
    let plain = [schema(&[group(0)]), vec![0x16, 0x00, 0x19, 0x0c], algorithm.to_vec(), vec![0x00]].concat();
    with_footer(&path, &plain);
    assert!(failure(&path).contains("encrypted"));
}

/// Changes the bytes behind the one place where `before` stands in the description of column `x`.
fn change(path: &Path, before: &[u8], from: u8, to: u8) {
    let mut bytes = bytes_of_file(path, Compression::UNCOMPRESSED);
    let found: Vec<usize> =
        (0..bytes.len() - before.len()).filter(|&at| bytes[at..].starts_with(before)).collect();
    assert!(!found.is_empty());
    for at in found {
        assert_eq!(bytes[at + before.len()], from);
        bytes[at + before.len()] = to;
    }
    fs::write(path, bytes).expect("written");
}

#[test]
fn compressions_that_are_not_known_are_named() {
    let (_folder, path) = place();
    // A list with the one name `x`, and behind it the compression.
    let before = [0x19, 0x18, 0x01, b'x', 0x15];
    change(&path, &before, 0, 6);
    let said = failure(&path);
    assert!(said.contains("column 'x' is compressed with LZO") && said.contains("Snappy"), "{said}");
    change(&path, &before, 0, 40);
    let said = failure(&path);
    assert!(said.contains("20") && said.contains("ompression"), "{said}");
}

#[test]
fn a_file_that_is_none_is_called_so() {
    let (_folder, path) = place();
    fs::write(&path, "id,x\n1,2\n").expect("written");
    assert!(failure(&path).contains("not a Parquet file"));
}
