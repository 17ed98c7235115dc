//! Where things are in the checkout and in cargo's output.
use std::path::{Path, PathBuf};

/// The root of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests crate lies in the checkout")
}

/// The root of the checkout whose programs are tested: this one, or the one that `DOVETAIL_PROGRAMS` names.
pub fn programs_root() -> PathBuf {
    std::env::var_os("DOVETAIL_PROGRAMS").map_or_else(|| root().to_owned(), PathBuf::from)
}

/// A program that this workspace builds, beside the running one.
///
/// # Errors
/// When the running program does not know where it is, or the other one was not built.
pub fn program(name: &str) -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| format!("where am I: {error}"))?;
    let mut folder = own.parent().ok_or("a program lies in a folder")?;
    if folder.ends_with("deps") {
        folder = folder.parent().unwrap_or(folder);
    }
    let program = folder.join(name);
    if program.is_file() { Ok(program) } else { Err(format!("{} was not built", program.display())) }
}

/// A folder for what a run leaves behind, made when it is missing.
///
/// # Errors
/// When it cannot be made.
pub fn scratch(name: &str) -> Result<PathBuf, String> {
    let folder = root().join("target").join(name);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}
