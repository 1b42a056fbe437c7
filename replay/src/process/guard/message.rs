//! Messages between us and a guard: first the program with its ends of the pipes, then a few bytes at a time.

use std::{
    ffi::{OsStr, OsString},
    io::{self, IoSlice, IoSliceMut, Read, Write},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{ffi::OsStrExt, ffi::OsStringExt, net::UnixStream},
    },
    path::PathBuf,
};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};

use crate::process::{pipes::Inner, program::Program};

/// Asks the job's process group to end.
pub(super) const TERMINATE: u8 = b't';
/// Has all of the job's processes killed.
pub(super) const KILL: u8 = b'k';

/// Describes what a guard tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// The job runs under this number.
    Started(i32),
    /// It could not be started, for this error of the system's.
    NotStarted(i32),
    /// It has ended with this status.
    Ended(i32),
}

impl Told {
    /// Bytes that it takes.
    pub(super) const BYTES: usize = 5;

    pub(super) fn bytes(self) -> [u8; Self::BYTES] {
        let (kind, number) = match self {
            Self::Started(id) => (b's', id),
            Self::NotStarted(error) => (b'n', error),
            Self::Ended(status) => (b'e', status),
        };
        let [a, b, c, d] = number.to_le_bytes();
        [kind, a, b, c, d]
    }

    pub(super) fn of([kind, a, b, c, d]: [u8; Self::BYTES]) -> io::Result<Self> {
        let number = i32::from_le_bytes([a, b, c, d]);
        match kind {
            b's' => Ok(Self::Started(number)),
            b'n' => Ok(Self::NotStarted(number)),
            b'e' => Ok(Self::Ended(number)),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// The first thing that a guard is asked to do: to start this, and to remove that folder when all is over.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) program: Program,
    pub(super) scratch: PathBuf,
}

impl Order {
    /// Sends it, with the program's ends of the pipes.
    pub(super) fn send(&self, mut socket: &UnixStream, pipes: &Inner) -> io::Result<()> {
        let bytes = self.encode();
        let files = [pipes.stdin.as_fd(), pipes.stdout.as_fd(), pipes.stderr.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !control.push(SendAncillaryMessage::ScmRights(&files)) {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let length = (bytes.len() as u32).to_le_bytes();
        sendmsg(socket, &[IoSlice::new(&length)], &mut control, SendFlags::empty())?;
        socket.write_all(&bytes)
    }

    /// Takes one, with the pipes' ends.
    pub(super) fn receive(mut socket: &UnixStream) -> io::Result<(Self, [OwnedFd; 3])> {
        let mut length = [0; 4];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let received =
            recvmsg(socket, &mut [IoSliceMut::new(&mut length)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
        let mut files: Vec<OwnedFd> = Vec::with_capacity(3);
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = message {
                files.extend(rights);
            }
        }
        let files = <[OwnedFd; 3]>::try_from(files).map_err(|_| io::ErrorKind::InvalidData)?;
        if received.bytes != length.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        socket.read_exact(&mut bytes)?;
        Ok((Self::decode(&bytes).ok_or(io::ErrorKind::InvalidData)?, files))
    }

    fn encode(&self) -> Vec<u8> {
        let Program { name, arguments, variables, cwd } = &self.program;
        let mut bytes = Vec::new();
        let mut text = |text: &OsStr| {
            bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        };
        text(self.scratch.as_os_str());
        text(cwd.as_deref().unwrap_or("".as_ref()).as_os_str());
        text(name);
        text(arguments.len().to_string().as_ref());
        for argument in arguments {
            text(argument);
        }
        for (name, value) in variables {
            text(name);
            text(value);
        }
        bytes
    }

    fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut text = || {
            let (length, rest) = bytes.split_first_chunk::<4>()?;
            let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            bytes = rest;
            Some(OsString::from_vec(text.to_vec()))
        };
        let scratch = text()?.into();
        let cwd = Some(PathBuf::from(text()?)).filter(|cwd| !cwd.as_os_str().is_empty());
        let name = text()?;
        let count: usize = text()?.to_str()?.parse().ok()?;
        let arguments = (0..count).map(|_| text()).collect::<Option<_>>()?;
        let variables = std::iter::from_fn(|| Some((text()?, text()?))).collect();
        Some(Self { program: Program { name, arguments, variables, cwd }, scratch })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_arrives_as_it_was_given() {
        let texts = |texts: &[&[u8]]| -> Vec<OsString> {
            texts.iter().map(|text| OsString::from_vec(text.to_vec())).collect()
        };
        for arguments in [texts(&[]), texts(&[b"".as_slice(), b"-c", b"\xff\n", b"a b"])] {
            for cwd in [None, Some(PathBuf::from("/some where"))] {
                let program = Program {
                    name: "sh".into(),
                    arguments: arguments.clone(),
                    variables: [("A", "b=c"), ("B", "")]
                        .map(|(name, value)| (name.into(), value.into()))
                        .into(),
                    cwd,
                };
                let order = Order { program, scratch: "/scratch".into() };
                assert_eq!(Order::decode(&order.encode()).as_ref(), Some(&order));
                let whole = order.encode();
                assert!(Order::decode(&whole[..3]).is_none());
            }
        }
    }

    #[test]
    fn what_is_told_arrives() {
        for told in [Told::Started(7), Told::NotStarted(2), Told::Ended(-1), Told::Ended(9)] {
            assert_eq!(Told::of(told.bytes()).expect("known"), told);
        }
        assert!(Told::of([0; 5]).is_err());
    }
}
