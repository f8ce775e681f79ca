//! `cassette tools`: every call of a tool, and what came back.

use clap::Args;

use super::Status;
use super::options::{Page, Secrets, Sources, TableShape};
use super::walk::{Prints, walk};
use crate::view::tools::{self, Definitions, Tools};

/// List every call of a tool with its arguments, its result and what is wrong with it
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    sources: Sources,

    /// Only tools with this in their name
    #[arg(long, value_name = "PART")]
    name: Vec<String>,

    /// Only calls that failed: an error came back, or the arguments do not fit the declared schema
    #[arg(long)]
    failed: bool,

    /// List the tools on offer, not the calls
    #[arg(long, conflicts_with = "failed")]
    definitions: bool,

    #[command(flatten)]
    secrets: Secrets,

    #[command(flatten)]
    page: Page<TableShape>,
}

impl Arguments {
    fn wants(&self, name: &str) -> bool {
        self.name.is_empty() || self.name.iter().any(|part| name.contains(part.as_str()))
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Status> {
    if arguments.definitions { definitions(arguments) } else { calls(arguments) }
}

fn calls(arguments: &Arguments) -> anyhow::Result<Status> {
    let mut listed =
        Tools { schema_version: tools::SCHEMA_VERSION, calls: Vec::new(), unreadable: Vec::new() };
    let walked = walk(
        &arguments.sources,
        &arguments.page.look,
        Prints::InTheEnd,
        arguments.secrets.mask().as_ref(),
        |path, recording, _| tools::calls(&path, recording),
        |calls| {
            match calls {
                Ok(calls) => listed.calls.extend(calls.into_iter().filter(|call| {
                    arguments.wants(call.name.as_deref().unwrap_or_default())
                        && (!arguments.failed || call.failed())
                })),
                Err(file) => listed.unreadable.push(file),
            }
            Ok(())
        },
    )?;
    arguments.page.write(&listed, || listed.blocks(), &listed.calls)?;
    Ok(walked.status)
}

fn definitions(arguments: &Arguments) -> anyhow::Result<Status> {
    let mut listed =
        Definitions { schema_version: tools::SCHEMA_VERSION, tools: Vec::new(), unreadable: Vec::new() };
    let walked = walk(
        &arguments.sources,
        &arguments.page.look,
        Prints::InTheEnd,
        arguments.secrets.mask().as_ref(),
        |path, recording, _| tools::definitions(&path, recording),
        |tools| {
            match tools {
                Ok(tools) => {
                    listed.tools.extend(tools.into_iter().filter(|tool| arguments.wants(&tool.name)));
                }
                Err(file) => listed.unreadable.push(file),
            }
            Ok(())
        },
    )?;
    arguments.page.write(&listed, || listed.blocks(), &listed.tools)?;
    Ok(walked.status)
}
