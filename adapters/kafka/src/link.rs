//! The link through two topics: records go into one, and the job's rows come out of the other.

use std::time::{Duration, Instant};

use replay::{
    Control,
    link::{Answers, Link, LinkFault, ReplayTopics, Rows, Stop, ThroughTopics},
    process::Companion,
};

use crate::{
    broker::Broker,
    copying::Copying,
    format::Decoder,
    handing_over::Handing,
    hearing::Hearing,
    message::Messages,
    notes::{self, Note, Place},
    sending::Sender,
    settling::Settling,
    topics::{MakeTopics, NewTopic, Unmade, fresh},
};

/// How long rows are waited for between two looks at everything else.
const NAP: Duration = Duration::from_millis(50);

/// A link through Kafka. Dropped, it ends the job and removes its topics.
pub struct Through {
    pub(crate) job: ThroughTopics,
    pub(crate) broker: Broker,
    maker: Box<dyn MakeTopics>,
    /// A text that no other start has: the end of the topics' names, and the job's group.
    id: String,
    pub(crate) topics: [NewTopic; 2],
    /// The note of the topics, once they are made.
    note: Option<Note>,
    pub(crate) messages: Messages,
    decoder: Option<Decoder>,
    pub(crate) way: Option<Way>,
    /// Where one job hands over to another.
    pub(crate) handing: Option<Handing>,
}

/// Everything that is there once the link has begun.
pub(crate) struct Way {
    pub(crate) sender: Sender,
    pub(crate) hearing: Hearing,
    pub(crate) settling: Settling,
    pub(crate) companion: Option<Companion>,
    /// Copies in the place of a job.
    pub(crate) copying: Option<Copying>,
}

impl Through {
    /// Returns a link that hasn't begun.
    pub fn new(job: &ThroughTopics, broker: Broker, maker: Box<dyn MakeTopics>) -> Result<Self, LinkFault> {
        let id = fresh()?;
        let decoder = Decoder::new(&job.job.format).map_err(|why| LinkFault::NotStarted {
            why,
            hint: "kafka.schema is the file by which the values of its output are read",
        })?;
        let mut messages = Messages::new(&job.replay);
        // Before anything is sent, for it would be found out behind the last record.
        for value in &job.job.close {
            messages.closing(value, 0).map_err(|why| LinkFault::NotStarted {
                why,
                hint: "a closing record, one of close, has the columns of kafka.timestamp and kafka.key as any other",
            })?;
        }
        let ReplayTopics { input, partitions, .. } = &job.replay;
        let topic = |name: &str, partitions| NewTopic {
            name: format!("{name}.{id}.{}", job.launch.role),
            partitions,
        };
        Ok(Self {
            topics: [topic(input, *partitions), topic(&job.job.output, job.job.partitions)],
            messages,
            decoder: Some(decoder),
            job: job.clone(),
            broker,
            maker,
            id,
            note: None,
            way: None,
            handing: job.job.handover.as_ref().map(Handing::new).transpose()?,
        })
    }

    /// The name of the job's group, and the beginning of its transactions' names.
    fn group(&self) -> String {
        format!("counterpoint-{}-{}", self.id, self.job.launch.role)
    }

    fn start(&mut self, control: &Control) -> Result<(), Stop> {
        let settling = Settling::new(&self.broker, &self.group(), &self.topics)?;
        control.check()?;
        self.make_topics()?;
        let [input, output] = &self.topics;
        let decoder =
            self.decoder.take().ok_or_else(|| LinkFault::Machine("kafka: begun twice".to_owned()))?;
        let hearing = Hearing::new(&self.broker, &self.id, &output.name, &self.job.job, decoder)?;
        let sender = Sender::new(&self.broker, &input.name)?;
        self.way = Some(Way { sender, hearing, settling, companion: None, copying: None });
        if self.is_bounded() { Ok(()) } else { self.start_job(control) }
    }

    /// Makes the two topics, and removes those of runs that were killed.
    fn make_topics(&mut self) -> Result<(), LinkFault> {
        let (folder, place) = (notes::folder(), Place::of(self.broker.bootstrap(), &*self.maker));
        let note = Note::write(&folder, &self.id, (&place, &self.group()), &self.topics)?;
        notes::sweep(&folder, &place, &*self.maker);
        match self.maker.make(&self.topics) {
            Ok(()) => {
                self.note = Some(note);
                Ok(())
            }
            Err(Unmade { fault, may_be_left }) => {
                if may_be_left {
                    note.leave();
                }
                Err(fault)
            }
        }
    }

    /// Starts the job whose turn it is, and waits until it says that it is ready, if it is to say so.
    pub(crate) fn start_job(&mut self, control: &Control) -> Result<(), Stop> {
        if self.job.job.is_copied {
            return self.start_copying(control);
        }
        let companion = self.companion()?;
        if let Some(way) = &mut self.way {
            way.companion = Some(companion);
        }
        self.wait_until_ready(control)
    }

    /// Returns whether the job whose turn it is finds all of its records there.
    fn is_bounded(&self) -> bool {
        self.before().map_or(self.job.job.is_bounded, |before| before.is_bounded)
    }

    /// Returns the word by which the job says that it is ready whose turn it is.
    fn ready(&self) -> Option<&str> {
        self.before().map_or(&self.job.job.ready, |before| &before.ready).as_deref()
    }

    /// Starts a job's command, which is told where its topics are, and where its state.
    fn companion(&self) -> Result<Companion, LinkFault> {
        let ([input, output], group, state) = (&self.topics, self.group(), self.state());
        let told = [
            ("COUNTERPOINT_KAFKA_BOOTSTRAP", self.broker.bootstrap()),
            ("COUNTERPOINT_KAFKA_INPUT", &input.name),
            ("COUNTERPOINT_KAFKA_OUTPUT", &output.name),
            ("COUNTERPOINT_KAFKA_ID", &group),
        ];
        let variables: Vec<(&str, &str)> = told.into_iter().chain(state.iter().flatten().copied()).collect();
        match self.before() {
            None => Companion::start(&self.job.launch, &variables, self.ready()),
            Some(before) => Companion::start(&self.launch_of(before), &variables, self.ready()),
        }
    }

    /// Waits until the job says that it is ready, if it is to say so.
    fn wait_until_ready(&mut self, control: &Control) -> Result<(), Stop> {
        let (timeout, start) = (self.job.job.timeout, Instant::now());
        let word = self.ready().map(str::to_owned);
        let (Some(word), Some(Way { companion: Some(companion), .. })) = (&word, &mut self.way) else {
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
                let message = message.map_err(|why| LinkFault::Machine(format!("kafka: {why}")))?;
                sender.send(&message, control, &mut hear)?;
            }
        }
        sender.flush(control, &mut hear)
    }

    /// Waits until all rows are out.
    pub(crate) fn settle(&mut self, control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        let start = Instant::now();
        let Some(way) = &mut self.way else { return Ok(()) };
        let mut writes_no_more = false;
        loop {
            control.check()?;
            let has_heard = way.hearing.hear(NAP, out)? > 0;
            if let Some(companion) = &way.companion {
                companion.note_memory();
            }
            if has_heard {
                // More is on its way, and what the broker is asked below takes longer than many rows.
                way.settling.has_moved();
            } else if !writes_no_more {
                writes_no_more = way.writes_no_more()?;
            } else if way.settling.is_settled(&way.hearing.progress, false) {
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
                let last_words = way.last_words(&fault);
                Stop::Failed { fault: self.whose(fault), last_words, unread }
            }
            stop => stop,
        })
    }

    /// Sends records, and hears what has come.
    fn send_lines(&mut self, lines: &[u8], control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        let Some(Way { sender, hearing, companion, .. }) = &mut self.way else { return Ok(()) };
        let mut hear = || hearing.hear(Duration::ZERO, out).map(drop);
        for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            let line =
                str::from_utf8(line).map_err(|_| LinkFault::Machine("a record isn't UTF-8".to_owned()))?;
            let message = self.messages.of(line).map_err(LinkFault::Machine)?;
            sender.send(&message, control, &mut hear)?;
        }
        sender.poll()?;
        if let Some(companion) = companion
            && let Some(status) = companion.ended()?
        {
            return Err(LinkFault::EndedEarly { status: status.to_string() }.into());
        }
        hear()
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
            link.send_lines(lines, control, out)?;
            if link.is_due() { link.hand_over(control, out) } else { Ok(()) }
        })
    }

    fn end(&mut self, control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        self.on_the_way(|link| {
            if link.job.job.is_copied {
                return link.hear_copies(control, out);
            }
            link.close(control, out)?;
            if link.is_bounded() {
                link.start_job(control)?;
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
        let Some(note) = self.note.take() else { return };
        if self.maker.remove(&self.topics, &self.group()).is_err() {
            note.leave();
        }
    }
}

pub(crate) fn not_settled(missing: &str, timeout: Duration) -> LinkFault {
    LinkFault::NotSettled {
        why: format!("{} s after the last record {missing}", timeout.as_secs()),
        hint: "an unbounded job commits offsets as the group COUNTERPOINT_KAFKA_ID when its checkpoint is complete; one that \
               ends by itself is started last, with kafka.start = \"last\"; kafka.timeout gives it more time",
    }
}
