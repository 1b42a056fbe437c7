//! Parameters that several problems have, and what they allow.

use datasets::Value;
use stream::{WatermarkPolicy, jobs::Clock};

use crate::{
    limits::Length,
    problem::{Parameter, Params},
};

/// Times are 64-bit milliseconds; sums of a few of them must be, too.
pub(super) const MOST_MS: u64 = 1 << 60;

/// Holds what a parameter is set to that is left out.
pub(super) const NONE: &str = "none";

/// A number of at least 1.
pub(super) fn at_least_one(value: &Value) -> Result<(), String> {
    match value.number() {
        Some(1..) => Ok(()),
        Some(0) => Err("must be at least 1".to_owned()),
        None => Err(format!("must be a whole number, not '{value}'")),
    }
}

/// A number of milliseconds.
fn ms(value: &Value) -> Result<(), String> {
    match value.number() {
        Some(..=MOST_MS) => Ok(()),
        Some(_) => Err("must be at most 2^60 ms".to_owned()),
        None => Err("must be a whole number of milliseconds".to_owned()),
    }
}

/// A number of milliseconds of at least 1.
fn some_ms(value: &Value) -> Result<(), String> {
    at_least_one(value).and_then(|()| ms(value))
}

/// A number of milliseconds, or `none`.
fn ms_or_none(value: &Value) -> Result<(), String> {
    match value {
        Value::Text(text) if text == NONE => Ok(()),
        Value::Text(_) => Err(format!("must be a whole number of milliseconds, or {NONE}")),
        Value::Number(_) => ms(value),
    }
}

fn yes_or_no(value: &Value) -> Result<(), String> {
    match value {
        Value::Text(text) if text == "yes" || text == "no" => Ok(()),
        Value::Text(_) | Value::Number(_) => Err("must be yes or no".to_owned()),
    }
}

fn min_or_max(value: &Value) -> Result<(), String> {
    match value {
        Value::Text(text) if text == "min" || text == "max" => Ok(()),
        Value::Text(_) | Value::Number(_) => Err("must be min or max".to_owned()),
    }
}

fn partitions(value: &Value) -> Result<(), String> {
    match value.number() {
        Some(..=65_536) => Ok(()),
        Some(_) | None => Err("must be a whole number up to 65536".to_owned()),
    }
}

/// The parameters that are times: beside whole milliseconds they take lengths as people write them.
const TIMES: [&str; 7] =
    ["window", DELAY.name, LATENESS.name, IDLE.name, MAX_AHEAD.name, WITHIN.name, GAP.name];

/// Returns a value as the jobs take it: `tumbling:1m` is `tumbling:60000`. One that is no length stays as it is, for its
/// check to say what is wrong.
pub fn in_milliseconds(parameter: &Parameter, value: Value) -> Value {
    let Value::Text(text) = &value else { return value };
    if !TIMES.contains(&parameter.name) || (parameter.check)(&value).is_ok() {
        return value;
    }
    let part = |part: &str| milliseconds(part).map_or_else(|| part.to_owned(), |ms| ms.to_string());
    let parts: Vec<String> = text.split(':').map(part).collect();
    let converted = Value::of(&parts.join(":"));
    if (parameter.check)(&converted).is_ok() { converted } else { value }
}

/// The milliseconds of a length, where it is a whole number of them.
fn milliseconds(text: &str) -> Option<u64> {
    const NS_PER_MS: u64 = 1_000_000;
    let Length(ns) = text.parse().ok()?;
    ns.is_multiple_of(NS_PER_MS).then_some(ns / NS_PER_MS)
}

/// Says how late a record may come.
pub(super) const DELAY: Parameter = Parameter {
    name: "delay",
    about: "how late a record may come, in ms of event time",
    default: Some("0"),
    check: ms,
};

/// Holds the same, where there may be no watermark.
pub(super) const DELAY_OR_NONE: Parameter = Parameter {
    name: "delay",
    about: "how late a record may come, in ms of event time; none: there is no watermark",
    default: Some("0"),
    check: ms_or_none,
};

pub(super) const LATENESS: Parameter = Parameter {
    name: "lateness",
    about: "how long a window that has fired is kept for late records, in ms; per record only",
    default: Some("0"),
    check: ms,
};

pub(super) const DRAIN: Parameter = Parameter {
    name: "drain",
    about: "yes: at the end of input all that is still open is emitted; per trigger only",
    default: Some("no"),
    check: yes_or_no,
};

pub(super) const PARTITIONS: Parameter = Parameter {
    name: "partitions",
    about: "how many of the source's partitions event time waits for; 0: those seen so far; per record only",
    default: Some("0"),
    check: partitions,
};

pub(super) const IDLE: Parameter = Parameter {
    name: "idle",
    about: "a partition silent while the others move on by this many ms no longer holds event time back; per record only",
    default: Some(NONE),
    check: ms_or_none,
};

pub(super) const SIDE_IDLE: Parameter = Parameter {
    name: "idle",
    about: "a side silent while the other moves on by this many ms no longer holds event time back",
    default: Some(NONE),
    check: ms_or_none,
};

pub(super) const WATERMARK_POLICY: Parameter = Parameter {
    name: "watermark-policy",
    about: "which of its sides' watermarks is the join's: min; max: the greatest, one clock for both",
    default: Some("min"),
    check: min_or_max,
};

/// A year and a day: no stream pauses for that long, and a clock that is wrong is mostly wrong by more.
pub(super) const MAX_AHEAD: Parameter = Parameter {
    name: "max-ahead",
    about: "a record further than this ahead of event time is held aside until the next agrees, in ms; none: taken",
    default: Some("31622400000"),
    check: ms_or_none,
};

/// An entry takes some 50 to 200 bytes.
pub(super) const MAX_STATE: Parameter = Parameter {
    name: "max-state",
    about: "how many entries the state may hold; beyond that the job fails",
    default: Some("20000000"),
    check: at_least_one,
};

pub(super) const WITHIN: Parameter = Parameter {
    name: "within",
    about: "how long after its order a payment may be made, in ms",
    default: None,
    check: ms,
};

pub(super) const GAP: Parameter = Parameter {
    name: "gap",
    about: "a session ends when nothing happens for this many ms",
    default: None,
    check: some_ms,
};

/// A number, or `None` for `none`.
pub(super) fn optional(params: &Params, name: &str) -> Option<u64> {
    params.get(name).number()
}

/// When event time moves in a join.
pub(super) fn clock(params: &Params) -> Clock {
    let is_max = *params.get(WATERMARK_POLICY.name) == "max".into();
    Clock {
        delay_ms: params.number(DELAY.name),
        policy: if is_max { WatermarkPolicy::Max } else { WatermarkPolicy::Min },
        idle_ms: optional(params, SIDE_IDLE.name),
        max_ahead_ms: optional(params, MAX_AHEAD.name),
    }
}

pub(super) fn is_yes(params: &Params, name: &str) -> bool {
    *params.get(name) == "yes".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_milliseconds() {
        for (parameter, text, taken) in [
            (&DELAY, "1s", "1000"),
            (&DELAY, "1500", "1500"),
            (&DELAY, "1m", "60000"),
            (&DELAY, "250us", "250us"),
            (&DELAY, "soon", "soon"),
            (&DELAY_OR_NONE, "none", "none"),
            (&GAP, "2h", "7200000"),
            // What counts entries is no time.
            (&MAX_STATE, "1s", "1s"),
        ] {
            assert_eq!(in_milliseconds(parameter, Value::of(text)), Value::of(taken), "{text}");
        }
    }
}
