//! The server's end of stdio: one message a line (`basic/transports/stdio`).
use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use dovetail_protocol::{Error, ErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::outbox::Outbox;
use crate::server::{Connection, Core};

/// Bytes that one read asks for: as many as a pipe holds.
const CHUNK: usize = 64 * 1024;

/// Room that is worth a read.
const LEAST: usize = 8 * 1024;

/// Bytes that one write gathers.
const GATHER: usize = 64 * 1024;

/// Serves the standard streams of this process; made by [`stdio`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Stdio(());

/// Serves the standard streams of this process until the input ends. Nothing else may write to stdout.
pub fn stdio() -> Stdio {
    Stdio(())
}

type Input = Box<dyn AsyncRead + Send + Unpin>;
type Output = Box<dyn AsyncWrite + Send + Unpin>;

pub(crate) async fn serve(core: Arc<Core>) -> Result<(), Error> {
    let failed = |error: io::Error| Error::new(ErrorKind::Transport, format!("standard streams: {error}"));
    let (input, output) = streams().map_err(failed)?;
    serve_streams(core, input, output).await
}

/// Serves any pair of byte streams with the framing of stdio.
pub(crate) async fn serve_streams(
    core: Arc<Core>,
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Send + Unpin + 'static,
) -> Result<(), Error> {
    let connection = Connection::new(core.clone(), None);
    let writer = tokio::spawn(write(connection.outbox(), output));
    let closing = core.closing.clone();
    tokio::select! {
        () = read(&core, &connection, input) => {
            // The client is gone; what it asked for before it closed its end is still answered.
            core.drain(core.idle()).await;
        }
        () = closing.cancelled() => core.drain(connection.answered()).await,
    }
    connection.close();
    // The writer ends with the outbox; when the pipe is broken there is nobody to tell.
    let _ = writer.await;
    Ok(())
}

async fn read(core: &Core, connection: &Connection, mut input: impl AsyncRead + Unpin) {
    let limit = core.snapshot().limits().line;
    let mut buffer = BytesMut::with_capacity(CHUNK);
    let mut searched = 0;
    let mut skipping = false;
    loop {
        // A message that is being answered keeps its block, so a block is used up before the next one is made.
        if buffer.spare_capacity_mut().len() < LEAST {
            buffer.reserve(CHUNK);
        }
        match input.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        while let Some(at) = memchr::memchr(b'\n', &buffer[searched..]) {
            let line: Bytes = buffer.split_to(searched + at + 1).freeze();
            searched = 0;
            if std::mem::take(&mut skipping) {
                continue;
            }
            connection.receive(line.slice(..line.len() - 1));
        }
        searched = buffer.len();
        if buffer.len() > limit {
            if !skipping {
                connection.refuse_line(&Error::new(
                    ErrorKind::LimitExceeded,
                    format!("a line is longer than {limit} bytes (limit `line`)"),
                ));
            }
            skipping = true;
            buffer.clear();
            searched = 0;
        }
    }
    if !buffer.is_empty() && !skipping {
        connection.receive(buffer.freeze());
    }
}

async fn write(outbox: Arc<Outbox>, mut output: impl AsyncWrite + Unpin) {
    let mut buffer = Vec::with_capacity(GATHER);
    while let Some(frame) = outbox.next().await {
        buffer.clear();
        push_line(&mut buffer, &frame);
        while buffer.len() < GATHER
            && let Some(frame) = outbox.try_next()
        {
            push_line(&mut buffer, &frame);
        }
        if output.write_all(&buffer).await.is_err() || output.flush().await.is_err() {
            break;
        }
    }
}

fn push_line(buffer: &mut Vec<u8>, frame: &[u8]) {
    buffer.extend_from_slice(frame);
    buffer.push(b'\n');
}

/// The standard streams, read and written without helper threads where the system allows it.
#[cfg(unix)]
fn streams() -> io::Result<(Input, Output)> {
    use std::os::fd::AsFd;

    let input = io::stdin().as_fd().try_clone_to_owned()?;
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    Ok((unix::input(input)?, unix::output(output)?))
}

#[cfg(not(unix))]
fn streams() -> io::Result<(Input, Output)> {
    Ok((Box::new(tokio::io::stdin()), Box::new(tokio::io::stdout())))
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::net::UnixStream as StdUnixStream;

    use tokio::net::UnixStream;
    use tokio::net::unix::pipe;

    use super::{Input, Output};

    pub(super) fn input(fd: OwnedFd) -> io::Result<Input> {
        let file = File::from(fd);
        let kind = file.metadata()?.file_type();
        if kind.is_fifo() {
            return Ok(Box::new(pipe::Receiver::from_file(file)?));
        }
        if kind.is_socket() {
            return Ok(Box::new(socket(file)?));
        }
        Ok(Box::new(tokio::io::stdin()))
    }

    pub(super) fn output(fd: OwnedFd) -> io::Result<Output> {
        let file = File::from(fd);
        let kind = file.metadata()?.file_type();
        if kind.is_fifo() {
            return Ok(Box::new(pipe::Sender::from_file(file)?));
        }
        if kind.is_socket() {
            return Ok(Box::new(socket(file)?));
        }
        Ok(Box::new(tokio::io::stdout()))
    }

    fn socket(file: File) -> io::Result<UnixStream> {
        let stream = StdUnixStream::from(OwnedFd::from(file));
        stream.set_nonblocking(true)?;
        UnixStream::from_std(stream)
    }
}
