//! The link through two topics: records go into one, and the job's rows come out of the other.

use std::time::{Duration, Instant};

use replay::{
    Control,
    link::{Answers, Link, LinkFault, ReplayTopics, Rows, Stop, ThroughTopics},
    process::Companion,
};

use crate::{
    broker::Broker,
    hearing::Hearing,
    message::Messages,
    sending::Sender,
    settling::Settling,
    topics::{MakeTopics, NewTopic, fresh},
};

/// How long rows are waited for between two looks at everything else.
const NAP: Duration = Duration::from_millis(50);

/// A link through Kafka. Dropped, it ends the job and removes its topics.
pub struct Through {
    job: ThroughTopics,
    broker: Broker,
    maker: Box<dyn MakeTopics>,
    /// A text that no other start has: the end of the topics' names, and the job's group.
    id: String,
    topics: [NewTopic; 2],
    are_made: bool,
    messages: Messages,
    way: Option<Way>,
}

/// Everything that is there once the link has begun.
struct Way {
    sender: Sender,
    hearing: Hearing,
    settling: Settling,
    companion: Option<Companion>,
}

impl Through {
    /// Returns a link that hasn't begun.
    pub fn new(job: &ThroughTopics, broker: Broker, maker: Box<dyn MakeTopics>) -> Result<Self, LinkFault> {
        let id = fresh()?;
        let ReplayTopics { input, partitions, .. } = &job.replay;
        let topic = |name: &str, partitions| NewTopic {
            name: format!("{name}.{id}.{}", job.launch.role),
            partitions,
        };
        Ok(Self {
            topics: [topic(input, *partitions), topic(&job.job.output, job.job.partitions)],
            messages: Messages::new(&job.replay),
            job: job.clone(),
            broker,
            maker,
            id,
            are_made: false,
            way: None,
        })
    }

    /// The name of the job's group, and the beginning of its transactions' names.
    fn group(&self) -> String {
        format!("counterpoint-{}-{}", self.id, self.job.launch.role)
    }

    fn start(&mut self, control: &Control) -> Result<(), Stop> {
        let settling = Settling::new(&self.broker, &self.group(), &self.topics)?;
        control.check()?;
        self.are_made = true;
        self.maker.make(&self.topics)?;
        let [input, output] = &self.topics;
        let hearing = Hearing::new(&self.broker, &self.id, &output.name, &self.job.job)?;
        let sender = Sender::new(&self.broker, &input.name)?;
        let companion = if self.job.job.is_bounded { None } else { Some(self.companion()?) };
        self.way = Some(Way { sender, hearing, settling, companion });
        Ok(())
    }

    /// Starts the job's command, which is told where its topics are.
    fn companion(&self) -> Result<Companion, LinkFault> {
        let [input, output] = &self.topics;
        let variables = [
            ("COUNTERPOINT_KAFKA_BOOTSTRAP", self.broker.bootstrap()),
            ("COUNTERPOINT_KAFKA_INPUT", &input.name),
            ("COUNTERPOINT_KAFKA_OUTPUT", &output.name),
            ("COUNTERPOINT_KAFKA_ID", &self.group()),
        ];
        Companion::start(&self.job.launch, &variables, self.job.job.ready.as_deref())
    }

    /// Waits until the job says that it is ready, if it is to say so.
    fn wait_until_ready(&mut self, control: &Control) -> Result<(), Stop> {
        let (timeout, start) = (self.job.job.timeout, Instant::now());
        let (Some(word), Some(Way { companion: Some(companion), .. })) = (&self.job.job.ready, &mut self.way)
        else {
            return Ok(());
        };
        while !companion.has_said() {
            control.check()?;
            if let Some(status) = companion.ended()? {
                return Err(LinkFault::EndedEarly { status: status.to_string() }.into());
            }
            if start.elapsed() >= timeout {
                let word = datasets::short_name(word);
                return Err(LinkFault::NotSettled {
                    why: format!("it has not written '{word}' within {} s", timeout.as_secs()),
                    hint: "kafka.ready is what the job writes to stdout or stderr when it reads its input",
                }
                .into());
            }
            std::thread::sleep(NAP);
        }
        Ok(())
    }

    /// Puts the closing records behind the last record of each partition.
    fn close(&mut self, control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        let Some(Way { sender, hearing, .. }) = &mut self.way else { return Ok(()) };
        let mut hear = || hearing.hear(Duration::ZERO, out).map(drop);
        for value in &self.job.job.close {
            for partition in 0..self.job.replay.partitions {
                let message = self.messages.closing(value, partition);
                let message =
                    message.map_err(|why| LinkFault::Machine(format!("kafka: the closing record {why}")))?;
                sender.send(&message, control, &mut hear)?;
            }
        }
        sender.flush(control, &mut hear)
    }

    /// Waits until all rows are out.
    fn settle(&mut self, control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        let start = Instant::now();
        let Some(way) = &mut self.way else { return Ok(()) };
        let mut writes_no_more = false;
        loop {
            control.check()?;
            let has_heard = way.hearing.hear(NAP, out)? > 0;
            if let Some(companion) = &way.companion {
                companion.note_memory();
            }
            if !writes_no_more {
                writes_no_more = way.writes_no_more()?;
            } else if way.settling.is_settled(&way.hearing.progress, has_heard) {
                way.settling.check_whole()?;
                return Ok(());
            }
            if start.elapsed() >= self.job.job.timeout {
                return Err(not_settled(&way.settling.missing, self.job.job.timeout).into());
            }
        }
    }

    /// Does something on the way; after a failure the job is ended, and its last words are heard.
    fn on_the_way(&mut self, act: impl FnOnce(&mut Self) -> Result<(), Stop>) -> Result<(), Stop> {
        let Err(stop) = act(self) else { return Ok(()) };
        let Some(way) = self.way.take() else { return Err(stop) };
        Err(match stop {
            Stop::Failed { fault, last_words, unread } if last_words.is_empty() => {
                Stop::Failed { last_words: way.last_words(&fault), fault, unread }
            }
            stop => stop,
        })
    }
}

impl Way {
    /// Returns whether the job has ended in good order, or has committed that it has read everything.
    fn writes_no_more(&mut self) -> Result<bool, Stop> {
        let Some(companion) = &mut self.companion else { return Ok(true) };
        match companion.ended()? {
            Some(status) if status.success() => Ok(true),
            Some(status) => Err(LinkFault::Failed { status: status.to_string() }.into()),
            None => Ok(self.settling.has_read_all()),
        }
    }

    /// Returns what is known of a failure: the job's own last words, or the client's.
    fn last_words(mut self, fault: &LinkFault) -> String {
        let words = self.companion.as_mut().map(Companion::last_words).unwrap_or_default();
        match (fault, self.hearing.progress.last_words()) {
            (LinkFault::Machine(_) | LinkFault::NotSettled { .. }, client)
                if words.is_empty() && !client.is_empty() =>
            {
                format!("the Kafka client says: {client}")
            }
            _ => words,
        }
    }
}

impl Link for Through {
    /// Makes the topics and starts the job, which may still be loading. What its rows may hold stands in the experiment.
    fn begin(&mut self, _: &[u8], control: &Control, out: &mut Answers<'_>) -> Result<(), Stop> {
        self.on_the_way(|link| {
            link.start(control)?;
            link.wait_until_ready(control)?;
            let job = &link.job.job;
            let columns: Vec<&str> = job.columns.iter().map(String::as_str).chain(job.rows.sign()).collect();
            out(serde_json::json!({ "columns": columns }).to_string().as_bytes())?;
            Ok(())
        })
    }

    fn exchange(&mut self, _: &[u8], _: usize, _: &Control, _: &mut Answers<'_>) -> Result<(), Stop> {
        Err(LinkFault::Machine("a job behind topics gives rows, and no answer to each record".to_owned())
            .into())
    }

    fn send(&mut self, lines: &[u8], control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        self.on_the_way(|link| {
            let Some(Way { sender, hearing, companion, .. }) = &mut link.way else { return Ok(()) };
            let mut hear = || hearing.hear(Duration::ZERO, out).map(drop);
            for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
                let line = str::from_utf8(line)
                    .map_err(|_| LinkFault::Machine("a record isn't UTF-8".to_owned()))?;
                let message = link.messages.of(line).map_err(LinkFault::Machine)?;
                sender.send(&message, control, &mut hear)?;
            }
            sender.poll()?;
            if let Some(companion) = companion
                && let Some(status) = companion.ended()?
            {
                return Err(LinkFault::EndedEarly { status: status.to_string() }.into());
            }
            hear()
        })
    }

    fn end(&mut self, control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        self.on_the_way(|link| {
            link.close(control, out)?;
            if link.job.job.is_bounded {
                let companion = link.companion()?;
                if let Some(way) = &mut link.way {
                    way.companion = Some(companion);
                }
            }
            link.settle(control, out)?;
            if let Some(Way { companion: Some(companion), .. }) = &mut link.way {
                companion.stop(control)?;
            }
            Ok(())
        })
    }
}

impl Drop for Through {
    fn drop(&mut self) {
        // The job first, which would go on asking for topics that are gone.
        self.way = None;
        if self.are_made {
            self.maker.remove(&self.topics, &self.group());
        }
    }
}

fn not_settled(missing: &str, timeout: Duration) -> LinkFault {
    LinkFault::NotSettled {
        why: format!("{} s after the last record {missing}", timeout.as_secs()),
        hint: "an unbounded job commits offsets as the group COUNTERPOINT_KAFKA_ID when its checkpoint is complete; one that \
               ends by itself is started last, with kafka.start = \"last\"; kafka.timeout gives it more time",
    }
}
