//! Building blocks of pages: a component family per file, styled by the sheet of the same name.

pub mod attachment;
pub mod avatar;
pub mod command_form;
pub mod comment;
pub mod comment_editor;
pub mod comments;
pub mod composer;
pub mod conflict;
pub mod delivery;
pub mod field;
pub mod here_now;
pub mod history;
pub mod icon;
pub mod menu;
pub mod notification;
pub mod page;
pub mod post;
pub mod post_editor;
pub mod post_form;
pub mod prose;
pub mod reactions;
pub mod states;
pub mod time;
pub mod upload;
