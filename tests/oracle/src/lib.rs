//! What libyaml itself makes of a text, for tests to compare with.
//!
//! unsafe-libyaml is libyaml 0.2.5 translated line by line. Calling it takes `unsafe`, which the package forbids
//! even in its tests; so it has a package of its own.

use std::ffi::CStr;
use std::mem::MaybeUninit;

use unsafe_libyaml as sys;

/// A parsing event, without positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Document,
    Map(Properties),
    List(Properties),
    End,
    Scalar(Style, String, Properties),
    Alias(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    /// In full, such as `tag:yaml.org,2002:binary`.
    pub tag: Option<String>,
    pub anchor: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
}

/// Returns the events of a text, or what libyaml says is wrong.
pub fn events(text: &str) -> Result<Vec<Event>, String> {
    let mut parser = MaybeUninit::<sys::yaml_parser_t>::uninit();
    let mut events = Vec::new();
    // SAFETY: the parser is initialised before it is used and deleted after; the text outlives it; every event is
    // read as its type says, and deleted.
    unsafe {
        let parser = parser.as_mut_ptr();
        assert!(sys::yaml_parser_initialize(parser).ok);
        sys::yaml_parser_set_encoding(parser, sys::YAML_UTF8_ENCODING);
        let body = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        sys::yaml_parser_set_input_string(parser, body.as_ptr(), body.len() as u64);
        let result = loop {
            let mut event = MaybeUninit::<sys::yaml_event_t>::uninit();
            let event = event.as_mut_ptr();
            if sys::yaml_parser_parse(parser, event).fail {
                let problem = (&(*parser)).problem;
                let problem = if problem.is_null() { c"no reason" } else { CStr::from_ptr(problem) };
                break Err(problem.to_string_lossy().into_owned());
            }
            let ended = (*event).type_ == sys::YAML_STREAM_END_EVENT;
            events.extend(read(&*event));
            sys::yaml_event_delete(event);
            if ended {
                break Ok(());
            }
        };
        sys::yaml_parser_delete(parser);
        result.map(|()| events)
    }
}

unsafe fn read(event: &sys::yaml_event_t) -> Option<Event> {
    // SAFETY: the caller passes an event that libyaml has filled, and the type says which part of the union.
    unsafe {
        let data = &event.data;
        Some(match event.type_ {
            sys::YAML_DOCUMENT_START_EVENT => Event::Document,
            sys::YAML_MAPPING_START_EVENT => {
                Event::Map(properties(data.mapping_start.tag, data.mapping_start.anchor))
            }
            sys::YAML_SEQUENCE_START_EVENT => {
                Event::List(properties(data.sequence_start.tag, data.sequence_start.anchor))
            }
            sys::YAML_MAPPING_END_EVENT | sys::YAML_SEQUENCE_END_EVENT => Event::End,
            sys::YAML_ALIAS_EVENT => Event::Alias(string(data.alias.anchor)?),
            sys::YAML_SCALAR_EVENT => {
                let scalar = &data.scalar;
                let value = std::slice::from_raw_parts(scalar.value, scalar.length as usize);
                let style = match scalar.style {
                    sys::YAML_SINGLE_QUOTED_SCALAR_STYLE => Style::Single,
                    sys::YAML_DOUBLE_QUOTED_SCALAR_STYLE => Style::Double,
                    sys::YAML_LITERAL_SCALAR_STYLE => Style::Literal,
                    sys::YAML_FOLDED_SCALAR_STYLE => Style::Folded,
                    _ => Style::Plain,
                };
                let value = String::from_utf8_lossy(value).into_owned();
                Event::Scalar(style, value, properties(scalar.tag, scalar.anchor))
            }
            _ => return None,
        })
    }
}

unsafe fn properties(tag: *const u8, anchor: *const u8) -> Properties {
    // SAFETY: as `string`.
    unsafe { Properties { tag: string(tag), anchor: string(anchor) } }
}

unsafe fn string(text: *const u8) -> Option<String> {
    // SAFETY: libyaml's strings are null or end with NUL.
    let text = unsafe { (!text.is_null()).then(|| CStr::from_ptr(text.cast())) };
    text.map(|text| text.to_string_lossy().into_owned())
}
