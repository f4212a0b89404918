//! One file per address.

pub mod admin;
pub mod admin_audit;
pub mod admin_people;
pub mod admin_workspaces;
pub mod chats;
pub mod conversation;
pub mod doorstep;
pub mod feed;
pub mod inbox;
pub mod join;
pub mod later;
pub mod new_conversation;
pub mod not_found;
pub mod people;
pub mod post;
pub mod profile;
pub mod rooms;
pub mod set_up;
pub mod settings;
pub mod settings_account;
pub mod settings_devices;
pub mod settings_notifications;
pub mod settings_password;
pub mod sign_in;
pub mod start;
pub mod workspace_settings;
