//! Records as the lines that a program outside is sent: all columns that they may have, in the order of the header.

use datasets::{Delivery, Event, Item, Keys, Request, Side, Sided};

/// Writes an item.
pub fn item(item: &Item, _: &Keys, line: &mut Vec<u8>) {
    number(item.size.into(), line);
}

/// Writes an event.
pub fn event(event: &Event, keys: &Keys, line: &mut Vec<u8>) {
    number(event.time_ms.into(), line);
    next(line);
    text(keys.get(event.key), line);
    next(line);
    number(event.value.into(), line);
    next(line);
    number(event.partition.into(), line);
}

/// Writes a delivery.
pub fn delivery(delivery: &Delivery, keys: &Keys, line: &mut Vec<u8>) {
    number(delivery.time_ms.into(), line);
    next(line);
    text(keys.get(delivery.id), line);
    next(line);
    text(keys.get(delivery.key), line);
    next(line);
    number(delivery.value.into(), line);
}

/// Writes a record of one side.
pub fn sided(record: &Sided, keys: &Keys, line: &mut Vec<u8>) {
    number(record.time_ms.into(), line);
    next(line);
    let name = Side::NAMES.iter().find(|(_, side)| *side == record.side);
    text(name.map_or("", |(name, _)| name).as_bytes(), line);
    next(line);
    text(keys.get(record.key), line);
    next(line);
    number(record.value.into(), line);
}

/// Writes a request.
pub fn request(request: &Request, keys: &Keys, line: &mut Vec<u8>) {
    text(keys.get(request.key), line);
    next(line);
    number(request.size.into(), line);
}

fn next(line: &mut Vec<u8>) {
    line.push(b',');
}

fn number(number: i128, line: &mut Vec<u8>) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// A line break in a text would end the line, so such a text is written with its special characters escaped.
fn text(text: &[u8], line: &mut Vec<u8>) {
    if text.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        let shown = datasets::shown(&String::from_utf8_lossy(text)).to_string();
        datasets::write_text(shown.as_bytes(), line);
    } else {
        datasets::write_text(text, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(write: impl FnOnce(&Keys, &mut Vec<u8>), keys: &Keys) -> String {
        let mut line = Vec::new();
        write(keys, &mut line);
        String::from_utf8(line).expect("text")
    }

    #[test]
    fn a_line_has_all_columns_of_its_record() {
        let mut keys = Keys::default();
        let [plain, broken] = ["a,b", "c\nd"].map(|text| keys.intern(text.as_bytes()));
        let of_event = Event { time_ms: -5, key: plain, partition: 3, value: i64::MIN };
        assert_eq!(line(|keys, out| event(&of_event, keys, out), &keys), "-5,\"a,b\",-9223372036854775808,3");
        let of_delivery = Delivery { time_ms: 0, id: broken, key: plain, value: 7 };
        assert_eq!(line(|keys, out| delivery(&of_delivery, keys, out), &keys), "0,c\\u{a}d,\"a,b\",7");
        let of_side = Sided { time_ms: 1, side: Side::Right, key: plain, value: 2 };
        assert_eq!(line(|keys, out| sided(&of_side, keys, out), &keys), "1,right,\"a,b\",2");
        let of_request = Request { key: plain, size: u64::MAX };
        assert_eq!(line(|keys, out| request(&of_request, keys, out), &keys), "\"a,b\",18446744073709551615");
        assert_eq!(line(|keys, out| item(&Item { size: 42 }, keys, out), &keys), "42");
    }
}
