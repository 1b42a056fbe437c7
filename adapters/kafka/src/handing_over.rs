//! One job hands over to another: the first is sent the first records, is ended when its rows are out, and leaves its state in a
//! folder; then the other is started, and is sent the rest.

use std::time::{Duration, Instant};

use replay::{
    Control,
    link::{HandOver, LinkFault, Phase, Rows, Stop},
    process::{Launch, StateFolders},
};

use crate::link::{Through, Way, not_settled};

/// How long rows are waited for between two looks at everything else.
const NAP: Duration = Duration::from_millis(50);

/// Says how far a hand-over has come.
pub(crate) struct Handing {
    phase: Phase,
    /// They are there as long as the link is.
    _folders: StateFolders,
    /// Each side's folder, as its job is told it.
    told: [String; 2],
}

impl Handing {
    pub(crate) fn new(handover: &HandOver) -> Result<Self, LinkFault> {
        let folders = StateFolders::new(handover.carries_state)?;
        let told = [Phase::Before, Phase::After].map(|phase| folders.of(phase).display().to_string());
        Ok(Self { phase: Phase::Before, _folders: folders, told })
    }
}

impl Through {
    /// Returns the job that is to hand over, until it has.
    pub(crate) fn before(&self) -> Option<&HandOver> {
        let handing = self.handing.as_ref().filter(|handing| handing.phase == Phase::Before);
        handing.and(self.job.job.handover.as_ref())
    }

    /// The variables that say on which side a job runs, and where its state is.
    pub(crate) fn state(&self) -> Option<[(&str, &str); 2]> {
        self.handing.as_ref().map(|handing| {
            let folder = &handing.told[usize::from(handing.phase == Phase::After)];
            [("COUNTERPOINT_PHASE", handing.phase.name()), ("COUNTERPOINT_STATE", folder.as_str())]
        })
    }

    /// Says how the first job is started.
    pub(crate) fn launch_of(&self, before: &HandOver) -> Launch {
        Launch { command: before.command.clone(), ..self.job.launch.clone() }
    }

    /// Returns whether the first job has been sent all of its records.
    pub(crate) fn is_due(&self) -> bool {
        let (Some(before), Some(way)) = (self.before(), &self.way) else { return false };
        way.sender.sent() >= before.at
    }

    /// Ends the first job, once it has done its part, and has the second one take its place.
    pub(crate) fn hand_over(&mut self, control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        let Some(Way { sender, hearing, .. }) = &mut self.way else { return Ok(()) };
        sender.flush(control, &mut || hearing.hear(Duration::ZERO, out).map(drop))?;
        if self.before().is_some_and(|before| before.is_bounded) {
            self.start_job(control)?;
        }
        self.settle(control, out)?;
        let timeout = self.job.job.timeout;
        if let Some(Way { companion: Some(companion), .. }) = &mut self.way
            && companion.ended()?.is_none()
        {
            companion.retire(timeout, control)?;
        }
        self.hear_the_rest(control, out)?;
        if let (Some(handing), Some(way)) = (&mut self.handing, &mut self.way) {
            handing.phase = Phase::After;
            way.settling.begin_again();
            way.companion = None;
        }
        if self.job.job.is_bounded { Ok(()) } else { self.start_job(control) }
    }

    /// Hears what the first job has written as it ended.
    fn hear_the_rest(&mut self, control: &Control, out: &mut Rows<'_>) -> Result<(), Stop> {
        let (timeout, start) = (self.job.job.timeout, Instant::now());
        let Some(Way { hearing, settling, .. }) = &mut self.way else { return Ok(()) };
        settling.begin_again();
        loop {
            control.check()?;
            let has_heard = hearing.hear(NAP, out)? > 0;
            if settling.is_settled(&hearing.progress, has_heard) {
                return Ok(());
            }
            if start.elapsed() >= timeout {
                return Err(not_settled(&settling.missing, timeout).into());
            }
        }
    }

    /// Returns a fault as one of the job whose turn it is.
    pub(crate) fn whose(&self, fault: LinkFault) -> LinkFault {
        match self.before() {
            None => fault,
            Some(before) => {
                let command = self.launch_of(before).shown_command();
                LinkFault::Before { command, fault: Box::new(fault) }
            }
        }
    }
}
