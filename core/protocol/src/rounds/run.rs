//! One run of one handler: which questions are answered, which one ends the run.

use serde_json::value::RawValue;

use super::{Pending, Question, Recorded, State, Step};
use crate::canonical::Digest;
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::raw::{members, push_string};

/// What became of a question.
#[derive(Clone, Debug)]
pub enum Asked {
    /// The client's result for it: an `ElicitResult` for forms and links. Declining is an answer too.
    Answered(Box<RawValue>),
    /// Not answered yet: the run ends here.
    Suspended,
}

/// What became of several questions.
#[derive(Clone, Debug)]
pub enum AskedMany {
    /// All answered, in the order of the questions.
    Answered(Vec<(String, Box<RawValue>)>),
    /// At least one is open: the run ends here. Answers already given are kept.
    Suspended,
}

/// The state machine of one run. Pure: it is fed by the server core and decides for it.
#[derive(Clone, Debug)]
pub struct Run {
    answers: Vec<Recorded>,
    round: u32,
    limit: u32,
    name: usize,
    seen: Vec<String>,
    unnamed: u32,
    open: Vec<(Pending, Question)>,
    failure: Option<Error>,
    steps: Vec<Step>,
    taken: Vec<String>,
    /// How many answers this run has used so far: a new step relies on them.
    reached: usize,
    nonce: Option<String>,
    /// Answers to questions that were never asked, where the handler takes them.
    unasked: Vec<(String, Box<RawValue>)>,
}

impl Run {
    /// Begins a run with the default limits; see [`Run::start_with`].
    pub fn start(state: Option<State>, responses: Option<&RawValue>) -> Result<Self, Error> {
        Self::start_with(state, responses, &Limits::default())
    }

    /// Begins a run. `state` is the unsealed state of the round before, `responses` the client's `inputResponses`.
    ///
    /// Answers count only for questions that `state` says were asked; other keys are ignored. Fails with
    /// [`ErrorKind::InvalidParams`] when `responses` is not an object, names a key twice, or an answer has not the
    /// shape its question calls for, and with [`ErrorKind::LimitExceeded`] when `state` is beyond `limits.rounds`.
    pub fn start_with(
        state: Option<State>,
        responses: Option<&RawValue>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let State { mut answers, pending, round, steps, nonce } = state.unwrap_or_default();
        if round > limits.rounds {
            return Err(too_many(limits.rounds));
        }
        if let Some(responses) = responses {
            let wrong = |what: &str| Error::new(ErrorKind::InvalidParams, format!("inputResponses {what}"));
            let all = members(responses).ok_or_else(|| wrong("must be an object"))?;
            for Pending { key, kind, digest } in pending {
                let mut found = all.0.iter().filter(|(name, _)| *name == key);
                let Some((_, answer)) = found.next() else { continue };
                if found.next().is_some() {
                    return Err(wrong("has a key twice"));
                }
                kind.check_answer(&key, answer)?;
                answers.push(Recorded { key, digest, answer: (*answer).to_owned() });
            }
        }
        Ok(Self {
            answers,
            round,
            limit: limits.rounds,
            name: limits.name,
            seen: Vec::new(),
            unnamed: 0,
            open: Vec::new(),
            failure: None,
            steps,
            taken: Vec::new(),
            reached: 0,
            nonce,
            unasked: Vec::new(),
        })
    }

    /// Lets answers in `responses` count for named questions of this run that nobody asked before: a client that knows
    /// the tool saves a round. Only for handlers that ask for it, for consent is given to a question that was seen.
    /// Answers that were asked for go first. Fails with [`ErrorKind::InvalidParams`] unless it is an object without
    /// duplicate keys.
    pub fn accept_unasked(&mut self, responses: &RawValue) -> Result<(), Error> {
        let wrong = |what: &str| Error::new(ErrorKind::InvalidParams, format!("inputResponses {what}"));
        for (key, answer) in members(responses).ok_or_else(|| wrong("must be an object"))?.0 {
            if self.unasked.iter().any(|(known, _)| *known == key) {
                return Err(wrong("has a key twice"));
            }
            self.unasked.push((key.into_owned(), answer.to_owned()));
        }
        Ok(())
    }

    /// Asks one question, under `name` or else under its ordinal among the unnamed ones ("q1", "q2", …).
    ///
    /// A question that differs from the one answered under the same key is asked again, and every later answer is
    /// forgotten. Fails with [`ErrorKind::Suspended`] once the run has ended with a question, with
    /// [`ErrorKind::InvalidConfig`] on a name used twice or too long (limit `name`) or a question that is not one,
    /// and with [`ErrorKind::LimitExceeded`] beyond `rounds`; see [`Run::failure`].
    pub fn ask(&mut self, name: Option<&str>, question: Question) -> Result<Asked, Error> {
        self.check_running()?;
        let key = match name {
            Some(name) => name.to_owned(),
            None => {
                self.unnamed += 1;
                format!("q{}", self.unnamed)
            }
        };
        match self.resolve(vec![(key, question)], name.is_some())? {
            AskedMany::Answered(mut answers) => {
                let (_, answer) = answers.pop().expect("one question, one answer");
                Ok(Asked::Answered(answer))
            }
            AskedMany::Suspended => Ok(Asked::Suspended),
        }
    }

    /// Asks several questions in one round, each under a name of its own. Rules and errors as in [`Run::ask`].
    pub fn ask_many(&mut self, questions: Vec<(String, Question)>) -> Result<AskedMany, Error> {
        self.check_running()?;
        self.resolve(questions, true)
    }

    /// What the step `name` returned in an earlier run, if it was taken. `None`: take it now, and record the result
    /// with [`Run::record_step`].
    ///
    /// A step relies on the answers before it: it is forgotten with them. Fails as [`Run::ask`] does.
    pub fn step(&mut self, name: &str) -> Result<Option<Box<RawValue>>, Error> {
        self.check_running()?;
        let detail = if name.is_empty() || name.len() > self.name {
            format!("the name of a step must have 1 to {} bytes (limit name)", self.name)
        } else if self.taken.iter().any(|taken| taken == name) {
            "two steps of one run have the same name; give each its own".to_owned()
        } else {
            self.taken.push(name.to_owned());
            let known = self.steps.iter().find(|step| step.name == name);
            return Ok(known.map(|step| step.value.clone()));
        };
        let error = Error::new(ErrorKind::InvalidConfig, detail).with_context("step", name);
        self.failure = Some(error.clone());
        Err(error)
    }

    /// Records what a step has returned. It travels in the sealed state (limit `state`): keep it small. Fails with
    /// [`ErrorKind::InvalidConfig`] unless [`Run::step`] has just said that it is to be taken.
    pub fn record_step(&mut self, name: &str, value: Box<RawValue>) -> Result<(), Error> {
        let expected =
            self.taken.iter().any(|taken| taken == name) && !self.steps.iter().any(|step| step.name == name);
        if !expected {
            let detail = "a step is recorded once, after it was asked for";
            return Err(Error::new(ErrorKind::InvalidConfig, detail).with_context("step", name));
        }
        self.steps.push(Step { name: name.to_owned(), value, after: self.reached });
        Ok(())
    }

    /// What names this call where it must take effect once only; `None` in the first run of a call.
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// Names this call, unless an earlier run did: hard to guess, and unique. It travels in the sealed state; the last
    /// run claims it in a store, atomically, before it does what must happen once.
    pub fn set_nonce(&mut self, nonce: String) {
        self.nonce.get_or_insert(nonce);
    }

    /// Whether this run has ended with an unanswered question.
    pub fn is_suspended(&self) -> bool {
        !self.open.is_empty()
    }

    /// The error that decides this run, whatever the handler made of it: a limit was hit, or a question was wrong.
    pub fn failure(&self) -> Option<&Error> {
        self.failure.as_ref()
    }

    /// The `inputRequests` object and the state to seal, if this run has an unanswered question.
    pub fn input_required(&self) -> Option<(Vec<u8>, State)> {
        if self.open.is_empty() {
            return None;
        }
        let mut out = vec![b'{'];
        for (at, (pending, question)) in self.open.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            push_string(&mut out, &pending.key);
            out.extend_from_slice(br#":{"method":"#);
            push_string(&mut out, pending.kind.method());
            out.extend_from_slice(br#","params":"#);
            out.extend_from_slice(question.params.get().as_bytes());
            out.push(b'}');
        }
        out.push(b'}');
        let pending = self.open.iter().map(|(pending, _)| pending.clone()).collect();
        let state = State {
            answers: self.answers.clone(),
            pending,
            round: self.round + 1,
            steps: self.steps.clone(),
            nonce: self.nonce.clone(),
        };
        Some((out, state))
    }

    /// Rounds asked before this run.
    pub fn rounds(&self) -> u32 {
        self.round
    }

    fn check_running(&self) -> Result<(), Error> {
        if self.is_suspended() {
            return Err(Error::new(
                ErrorKind::Suspended,
                "this run has ended with a question; ask several at once in one call",
            ));
        }
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(()),
        }
    }

    fn resolve(&mut self, questions: Vec<(String, Question)>, named: bool) -> Result<AskedMany, Error> {
        match self.try_resolve(questions, named) {
            Err(error) => {
                self.failure = Some(error.clone());
                Err(error)
            }
            done => done,
        }
    }

    fn try_resolve(&mut self, questions: Vec<(String, Question)>, named: bool) -> Result<AskedMany, Error> {
        let mut digests: Vec<Digest> = Vec::with_capacity(questions.len());
        for (key, question) in &questions {
            if key.is_empty() || key.len() > self.name {
                let detail =
                    format!("the name of a question must have 1 to {} bytes (limit name)", self.name);
                return Err(Error::new(ErrorKind::InvalidConfig, detail));
            }
            if self.seen.contains(key) {
                let detail = "two questions of one run have the same name; give each its own";
                return Err(
                    Error::new(ErrorKind::InvalidConfig, detail).with_context("question", key.as_str())
                );
            }
            self.seen.push(key.clone());
            digests.push(question.digest()?);
        }
        // First forget everything after a changed question, then look: an answer of this group may be among it.
        for ((key, _), digest) in questions.iter().zip(&digests) {
            if let Some(at) = self.position(key)
                && self.answers[at].digest != *digest
            {
                self.answers.truncate(at);
                self.steps.retain(|step| step.after <= at);
            }
        }
        for ((key, question), digest) in questions.iter().zip(&digests) {
            let given = self.unasked.iter().position(|(known, _)| named && known == key);
            if let Some(at) = given
                && self.position(key).is_none()
            {
                let answer = self.unasked.swap_remove(at).1;
                question.kind.check_answer(key, &answer)?;
                self.answers.push(Recorded { key: key.clone(), digest: *digest, answer });
            }
        }
        if questions.iter().all(|(key, _)| self.position(key).is_some()) {
            let used = questions.iter().filter_map(|(key, _)| self.position(key)).max();
            self.reached = self.reached.max(used.map_or(0, |at| at + 1));
            let answers = questions.into_iter().filter_map(|(key, _)| {
                let answer = self.answers[self.position(&key)?].answer.clone();
                Some((key, answer))
            });
            return Ok(AskedMany::Answered(answers.collect()));
        }
        if self.round >= self.limit {
            return Err(too_many(self.limit));
        }
        for ((key, question), digest) in questions.into_iter().zip(digests) {
            if self.position(&key).is_none() {
                let pending = Pending { key, kind: question.kind, digest };
                self.open.push((pending, question));
            }
        }
        Ok(AskedMany::Suspended)
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.answers.iter().position(|recorded| recorded.key == key)
    }
}

fn too_many(limit: u32) -> Error {
    Error::new(
        ErrorKind::LimitExceeded,
        format!("the call has asked more than {limit} rounds (limit rounds)"),
    )
}
