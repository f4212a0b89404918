//! Accounts: first run, signing in and up, devices, the caller's own profile.

use crate::draft::Draft;
use crate::position::Position;
use crate::presence::{CustomStatus, PresenceChoice};
use crate::workspace::Membership;
use crate::{Error, Person, SessionId, Timestamp, limits, person, person::InstanceRole, text, workspace};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Arguments of `setup.create`: the first account and the first workspace.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInstance {
    /// The administrator's name.
    pub name: String,
    /// Their handle.
    pub handle: String,
    /// Their password.
    pub password: String,
    /// The first workspace.
    pub workspace_name: String,
}

impl NewInstance {
    /// The arguments with their texts made clean.
    ///
    /// # Errors
    /// 422 with the field that does not fit.
    pub fn validate(self) -> Result<Self, Error> {
        password(&self.password)?;
        Ok(Self {
            name: person::name(&self.name)?,
            handle: person::handle(&self.handle)?,
            workspace_name: workspace::name(&self.workspace_name)?,
            ..self
        })
    }
}

/// Arguments of `auth.sign_up`: by an invitation, or without one where registration is open.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAccount {
    /// The name to show.
    pub name: String,
    /// The handle.
    pub handle: String,
    /// The password.
    pub password: String,
    /// The secret of an invitation link; empty without one.
    #[serde(default)]
    pub invitation: String,
}

impl NewAccount {
    /// The arguments with their texts made clean.
    ///
    /// # Errors
    /// 422 with the field that does not fit.
    pub fn validate(self) -> Result<Self, Error> {
        password(&self.password)?;
        Ok(Self { name: person::name(&self.name)?, handle: person::handle(&self.handle)?, ..self })
    }
}

/// Arguments of `auth.sign_in`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// Who.
    pub handle: String,
    /// Their password.
    pub password: String,
}

/// Arguments of `account.update`: only what changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileEdit {
    /// The name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The handle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Avatar colour, 1 to [`person::HUES`].
    #[serde(default, deserialize_with = "text::optional_number", skip_serializing_if = "Option::is_none")]
    pub hue: Option<u8>,
}

impl ProfileEdit {
    /// The edit with its texts made clean.
    ///
    /// # Errors
    /// 422 with the field that does not fit.
    pub fn validate(self) -> Result<Self, Error> {
        if self.hue.is_some_and(|hue| !(1..=person::HUES).contains(&hue)) {
            return Err(Error::invalid("hue", "This colour does not exist."));
        }
        Ok(Self {
            name: self.name.as_deref().map(person::name).transpose()?,
            handle: self.handle.as_deref().map(person::handle).transpose()?,
            hue: self.hue,
        })
    }
}

/// A signed-in device, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The session.
    pub id: SessionId,
    /// What the browser said it is, shortened: "Firefox on Linux".
    pub name: String,
    /// Address of the last request.
    pub address: String,
    /// When it signed in.
    pub at: Timestamp,
    /// When it was last used, to the minute.
    pub used_at: Timestamp,
    /// It is the one that asks.
    pub current: bool,
}

/// The caller and what the frame of the page needs: what `account.get` returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Who.
    pub person: Person,
    /// Their role on the instance.
    pub role: InstanceRole,
    /// This device.
    pub session: SessionId,
    /// Their workspaces, by name.
    pub workspaces: Vec<Membership>,
    /// Unread notifications.
    pub unread: u32,
    /// Their drafts.
    pub drafts: Vec<Draft>,
    /// What others see of whether they are here, and of what they have read.
    pub choice: PresenceChoice,
    /// What they say of themself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CustomStatus>,
    /// The position of their own topic that this answer includes.
    pub position: Position,
}

/// What anybody may know of the instance, signed in or not: `setup.status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceStatus {
    /// The first account exists.
    pub is_set_up: bool,
    /// People may register without an invitation.
    pub open_registration: bool,
}

/// Checks a new password. Its quality is the person's business; its length is bounded.
///
/// # Errors
/// 422 with what is wrong.
pub fn password(input: &str) -> Result<(), Error> {
    if input.chars().count() < limits::PASSWORD_CHARS_MIN {
        let message = format!("At least {} characters.", limits::PASSWORD_CHARS_MIN);
        return Err(Error::invalid("password", message));
    }
    if limits::PASSWORD_BYTES_MAX < input.len() {
        return Err(Error::invalid("password", "This password is too long."));
    }
    Ok(())
}

// Passwords do not show themselves in logs.
macro_rules! debug_without_password {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("handle", &self.handle).finish_non_exhaustive()
            }
        }
    )*};
}

debug_without_password!(NewInstance, NewAccount, SignIn);
