//! What was measured, as Markdown.

use crate::Result;
use crate::scenario::Options;
use protocol::Timestamp;
use std::path::PathBuf;
use std::{fmt::Write, fs, thread};

/// One scenario's figures.
#[derive(Debug)]
pub(crate) struct Section {
    title: String,
    rows: Vec<(String, String)>,
    note: String,
}

impl Section {
    /// An empty one. The note says what was done, so that somebody can do it again.
    pub(crate) fn new(title: impl Into<String>, note: impl Into<String>) -> Self {
        Self { title: title.into(), rows: Vec::new(), note: note.into() }
    }

    /// A figure with its name.
    pub(crate) fn row(&mut self, what: impl Into<String>, figure: impl Into<String>) {
        self.rows.push((what.into(), figure.into()));
    }

    /// As Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("## {}\n\n{}\n\n| what | figure |\n|---|---|\n", self.title, self.note);
        for (what, figure) in &self.rows {
            let _ = writeln!(text, "| {what} | {figure} |");
        }
        text
    }
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Report {
    head: String,
    sections: Vec<Section>,
    path: PathBuf,
}

impl Report {
    pub(crate) fn new(options: &Options) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let head = format!(
            "# Measured with {}\n\n{}, {cores} cores, the load on the same machine{}. Absolute times drift from run \
             to run; ratios and CPU seconds are what to compare.\n",
            options.database(),
            Timestamp::now().readable(),
            if options.quick { ", a quick run at a tenth of the load" } else { "" },
        );
        Self { head, sections: Vec::new(), path: options.report_path() }
    }

    pub(crate) fn add(&mut self, section: Section) {
        self.sections.push(section);
    }

    pub(crate) fn write(&self) -> Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let sections: Vec<String> = self.sections.iter().map(Section::markdown).collect();
        fs::write(&self.path, format!("{}\n{}", self.head, sections.join("\n")))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_reads_as_a_table() {
        let mut section = Section::new("Idle", "Ten sockets.");
        section.row("memory", "5 KB");
        let wanted = "## Idle\n\nTen sockets.\n\n| what | figure |\n|---|---|\n| memory | 5 KB |\n";
        assert_eq!(section.markdown(), wanted);
    }
}
