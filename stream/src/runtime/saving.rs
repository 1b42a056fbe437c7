//! Describes what a job saves: all that it knows, or what has changed of that.

use serde::{Serialize, de::DeserializeOwned};

use super::{Operator, Running, Sink, Source, chain::Chain, codec, codec::Sealed};
use crate::{Flavour, State};

impl<R, O, S> Running<R, O, S>
where
    R: Copy + Serialize + DeserializeOwned,
    O: Operator<R>,
    S: Sink<O::Out>,
{
    /// Returns what decides how the job goes on from a saved state.
    fn settings(&self) -> String {
        let Source { policy, delay_ms, partitions, idle_ms, max_ahead_ms, .. } = self.source;
        let shown = |ms: Option<i64>| ms.map_or_else(|| "none".to_owned(), |ms| format!("{ms} ms"));
        let flavour = match self.flavour {
            Flavour::PerRecord { lateness_ms } => format!("per record, lateness {lateness_ms} ms"),
            Flavour::PerTrigger { strict, drain } => {
                format!("per trigger, strict: {strict}, drain: {drain}")
            }
        };
        format!(
            "{flavour}, trigger {}, delay {}, partitions {partitions} ({policy:?}), idle {}, ahead {}",
            self.trigger,
            shown(delay_ms),
            shown(idle_ms),
            shown(max_ahead_ms)
        )
    }

    fn mark_saved(&mut self) {
        self.held.mark_saved();
        self.context.mark_saved();
        self.operator.mark_saved();
        self.sink.mark_saved();
    }
}

impl<R, O, S> State for Running<R, O, S>
where
    R: Copy + Serialize + DeserializeOwned,
    O: Operator<R>,
    S: Sink<O::Out>,
{
    /// Returns event time, the account, the operators' state, and what was emitted.
    fn save(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        codec::save(&(self.settings(), &self.event_time.seen, self.standing), &mut out);
        self.held.save(&mut out);
        self.context.save(&mut out);
        self.operator.save(&mut out);
        self.sink.save(&mut out);
        self.mark_saved();
        let (sealed, hash) = codec::seal(Sealed::State, &out);
        self.chain = Some(Chain { number: 0, hash, seen: self.context.seen });
        sealed
    }

    /// Refuses what a job of other settings has saved.
    fn restore(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.chain = None;
        let (mut bytes, hash) = codec::unseal(Sealed::State, bytes)?;
        let (settings, seen, standing): (String, _, _) = codec::restore("event time", &mut bytes)?;
        codec::check_same("a job", &settings, &self.settings())?;
        (self.event_time.seen, self.standing) = (seen, standing);
        self.held.apply(&mut bytes)?;
        self.context.restore(&mut bytes)?;
        self.operator.restore(&mut bytes)?;
        self.sink.restore(&mut bytes)?;
        check_end(bytes)?;
        self.mark_saved();
        self.chain = Some(Chain { number: 0, hash, seen: self.context.seen });
        Ok(())
    }

    fn changes(&mut self) -> Vec<u8> {
        let Some(chain) = self.chain else { return self.save() };
        let mut out = Vec::new();
        codec::save(&(self.settings(), chain, &self.event_time.seen, self.standing), &mut out);
        self.held.changes(&mut out);
        self.context.changes(&mut out);
        self.operator.changes(&mut out);
        self.sink.changes(&mut out);
        let (sealed, hash) = codec::seal(Sealed::Changes, &out);
        self.chain = Some(Chain { number: chain.number + 1, hash, seen: self.context.seen });
        sealed
    }

    fn apply(&mut self, bytes: &[u8]) -> Result<(), String> {
        let (mut bytes, hash) = codec::unseal(Sealed::Changes, bytes)?;
        let own = self.chain.ok_or("changes go on top of a saved state, and none was restored")?;
        let (settings, after): (String, Chain) = codec::restore("event time", &mut bytes)?;
        codec::check_same("a job", &settings, &self.settings())?;
        Chain { seen: self.context.seen, ..own }.check_next(&after)?;
        // Whatever fails from here on leaves a state that nothing fits on.
        self.chain = None;
        (self.event_time.seen, self.standing) = codec::restore("event time", &mut bytes)?;
        self.held.apply(&mut bytes)?;
        self.context.apply(&mut bytes)?;
        self.operator.apply(&mut bytes)?;
        self.sink.apply(&mut bytes)?;
        check_end(bytes)?;
        self.chain = Some(Chain { number: own.number + 1, hash, seen: self.context.seen });
        Ok(())
    }
}

fn check_end(rest: &[u8]) -> Result<(), String> {
    if rest.is_empty() {
        return Ok(());
    }
    Err(format!("what was saved goes on for {} bytes after its end", rest.len()))
}
