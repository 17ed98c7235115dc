//! Bad input: answered with the specification's error, and the process goes on.

mod children;
mod http;
mod stdio;
