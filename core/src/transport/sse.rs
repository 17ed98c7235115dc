//! Server-sent events, read incrementally.
//!
//! Owns the line and field rules of the event stream format (WHATWG HTML, section 9.2). Must never buffer more than
//! one event, and never know what is inside `data`.

use std::time::Duration;

/// One dispatched event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Event {
    /// The last id seen up to and including this event; stays until it is replaced.
    pub(crate) id: Option<Box<str>>,
    /// The type, when it is not the default `message`.
    pub(crate) name: Option<Box<str>>,
    /// The data lines, joined by line feeds. Empty for an event that only carries an id.
    pub(crate) data: Vec<u8>,
}

/// The event being read has grown over the limit.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct TooLarge;

/// A parser that takes chunks cut anywhere.
#[derive(Debug)]
pub(crate) struct Parser {
    limit: usize,
    line: Vec<u8>,
    /// A carriage return ended the last line; a line feed now would belong to it.
    after_return: bool,
    first_line: bool,
    data: Vec<u8>,
    any_data: bool,
    any_id: bool,
    name: Option<Box<str>>,
    id: Option<Box<str>>,
    retry: Option<Duration>,
}

impl Parser {
    /// `limit`: bytes of one event, its field names included.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            after_return: false,
            first_line: true,
            data: Vec::new(),
            any_data: false,
            any_id: false,
            name: None,
            id: None,
            retry: None,
        }
    }

    /// The last event id of the stream so far.
    pub(crate) fn last_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The reconnection time the stream asked for last.
    pub(crate) fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// A parser for the continuation of the stream: it keeps the last id and the reconnection time.
    pub(crate) fn resumed(self) -> Self {
        Self { id: self.id, retry: self.retry, ..Self::new(self.limit) }
    }

    /// Reads `chunk` and appends the events it completes. An event that the stream ends in the middle of is never
    /// dispatched.
    pub(crate) fn push(&mut self, mut chunk: &[u8], events: &mut Vec<Event>) -> Result<(), TooLarge> {
        while !chunk.is_empty() {
            if std::mem::take(&mut self.after_return) && chunk[0] == b'\n' {
                chunk = &chunk[1..];
                continue;
            }
            let end = chunk.iter().position(|b| matches!(b, b'\n' | b'\r'));
            let part = &chunk[..end.unwrap_or(chunk.len())];
            if self.line.len() + self.data.len() + part.len() > self.limit {
                return Err(TooLarge);
            }
            let Some(end) = end else {
                self.line.extend_from_slice(part);
                return Ok(());
            };
            self.after_return = chunk[end] == b'\r';
            if self.line.is_empty() {
                self.end_line(part, events);
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(part);
                self.end_line(&line, events);
                line.clear();
                self.line = line;
            }
            chunk = &chunk[end + 1..];
        }
        Ok(())
    }

    fn end_line(&mut self, line: &[u8], events: &mut Vec<Event>) {
        let line = if std::mem::take(&mut self.first_line) {
            line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line)
        } else {
            line
        };
        if line.is_empty() {
            self.dispatch(events);
            return;
        }
        let (field, value) = match line.iter().position(|b| *b == b':') {
            Some(0) => return,
            Some(at) => {
                let value = &line[at + 1..];
                (&line[..at], value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (line, &line[line.len()..]),
        };
        match field {
            b"data" => {
                if self.any_data {
                    self.data.push(b'\n');
                }
                self.any_data = true;
                self.data.extend_from_slice(value);
            }
            b"event" => self.name = text(value).filter(|name| !name.is_empty()),
            b"id" if !value.contains(&0) => {
                self.any_id = true;
                self.id = text(value).filter(|id| !id.is_empty());
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let millis = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok());
                self.retry = Some(Duration::from_millis(millis.unwrap_or(u64::MAX)));
            }
            _ => {}
        }
    }

    fn dispatch(&mut self, events: &mut Vec<Event>) {
        let name = self.name.take();
        // Browsers drop an event without data; one that carries an id tells us where to resume.
        if std::mem::take(&mut self.any_data) | std::mem::take(&mut self.any_id) {
            events.push(Event { id: self.id.clone(), name, data: std::mem::take(&mut self.data) });
        }
        self.data.clear();
    }
}

fn text(value: &[u8]) -> Option<Box<str>> {
    Some(String::from_utf8_lossy(value).into_owned().into_boxed_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(parser: &mut Parser, chunks: &[&[u8]]) -> Result<Vec<Event>, TooLarge> {
        let mut events = Vec::new();
        for chunk in chunks {
            parser.push(chunk, &mut events)?;
        }
        Ok(events)
    }

    fn event(id: Option<&str>, name: Option<&str>, data: &str) -> Event {
        Event { id: id.map(Into::into), name: name.map(Into::into), data: data.as_bytes().to_vec() }
    }

    #[test]
    fn hostile_streams_mean_the_same_wherever_they_are_cut() {
        let streams: &[(&[u8], Vec<Event>)] = &[
            (b"data: a\n\n", vec![event(None, None, "a")]),
            (
                b"data: a\r\n\r\ndata:b\r\rdata:  c\n\n",
                vec![event(None, None, "a"), event(None, None, "b"), event(None, None, " c")],
            ),
            (b"\xEF\xBB\xBFdata: bom\n\n", vec![event(None, None, "bom")]),
            (b"\xEF\xBB\xBF\xEF\xBB\xBFdata: only one\n\n", vec![]),
            (b": comment\n:\ndata\ndata:\ndata: x\n\n", vec![event(None, None, "\n\nx")]),
            (
                b"id: 1\nevent: ping\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
                vec![
                    event(Some("1"), Some("ping"), "a"),
                    event(Some("1"), None, "b"),
                    event(None, None, "c"),
                ],
            ),
            (b"id: prime\ndata:\n\n", vec![event(Some("prime"), None, "")]),
            (b"id: nul\0\ndata: a\n\n", vec![event(None, None, "a")]),
            (b"event: nothing\n\n\n\n\r\n", vec![]),
            (b"DATA: case\nunknown: x\ndata : space\n\n", vec![]),
            (b"data: unfinished\n", vec![]),
            ("data: \u{2028}\u{85}é\n\n".as_bytes(), vec![event(None, None, "\u{2028}\u{85}é")]),
        ];
        for (stream, expected) in streams {
            assert_eq!(&all(&mut Parser::new(64), &[stream]).expect("small"), expected);
            for at in 0..=stream.len() {
                let (head, tail) = stream.split_at(at);
                let events = all(&mut Parser::new(64), &[head, tail]).expect("small");
                assert_eq!(&events, expected, "cut at {at} of {}", String::from_utf8_lossy(stream));
            }
            let bytes: Vec<&[u8]> = stream.chunks(1).collect();
            assert_eq!(&all(&mut Parser::new(64), &bytes).expect("small"), expected);
        }
    }

    #[test]
    fn retry_takes_digits_only() {
        let mut parser = Parser::new(64);
        all(&mut parser, &[b"retry: 1500\n\n"]).expect("small");
        assert_eq!(parser.retry(), Some(Duration::from_millis(1500)));
        all(&mut parser, &[b"retry: 15x\nretry:\n\n"]).expect("small");
        assert_eq!(parser.retry(), Some(Duration::from_millis(1500)));
    }

    #[test]
    fn an_event_over_the_limit_is_refused_however_it_arrives() {
        let line: Vec<u8> = [b"data: ".as_slice(), &[b'x'; 80]].concat();
        assert_eq!(all(&mut Parser::new(64), &[&line]), Err(TooLarge));
        let bytes: Vec<&[u8]> = line.chunks(1).collect();
        assert_eq!(all(&mut Parser::new(64), &bytes), Err(TooLarge));
        let many = b"data: 0123456789\n".repeat(8);
        assert_eq!(all(&mut Parser::new(64), &[&many]), Err(TooLarge));
        let fine = b"data: 0123456789\n\n".repeat(100);
        assert_eq!(all(&mut Parser::new(64), &[&fine]).expect("each is small").len(), 100);
    }
}
