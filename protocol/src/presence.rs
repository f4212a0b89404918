//! What others see of whether somebody is here, what a person chose about it, and the status that
//! they gave themself.

use crate::{Error, Timestamp, UserId, limits, text};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How somebody who is here is. Of several windows of one person the last of these counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bearing {
    /// Nothing was typed or clicked in any of their windows for [`limits::IDLE_AFTER`].
    Away,
    /// At least one window is used.
    #[default]
    Online,
    /// They do not want to be disturbed.
    Busy,
}

impl Bearing {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
    fn is_online(&self) -> bool {
        *self == Self::Online
    }
}

/// Somebody who is here. On the wire an id alone is somebody online.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Present {
    /// Who.
    pub user: UserId,
    /// How they are.
    #[serde(default, skip_serializing_if = "Bearing::is_online")]
    pub bearing: Bearing,
    /// Until when they are busy; then they are online.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Present {
    /// Somebody who is simply online.
    #[must_use]
    pub fn online(user: UserId) -> Self {
        Self { user, bearing: Bearing::Online, until: None }
    }

    /// How they are at this moment: nobody is busy after the end of it.
    #[must_use]
    pub fn bearing_at(&self, now: Timestamp) -> Bearing {
        match self.until {
            Some(until) if until <= now => Bearing::Online,
            _ => self.bearing,
        }
    }
}

/// What a person chose about what others see of them. A fact: it survives a restart, and all of their
/// devices know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceChoice {
    /// To others they are not here, whatever they do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invisible: bool,
    /// Until when they do not want to be disturbed, if that lies ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_until: Option<Timestamp>,
    /// Others see how far they have read direct conversations and small groups, and they see it of others.
    pub receipts: bool,
}

impl Default for PresenceChoice {
    fn default() -> Self {
        Self { invisible: false, quiet_until: None, receipts: true }
    }
}

/// Arguments of `presence.set`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPresence {
    /// How to be seen from now on.
    pub seen_as: SeenAs,
    /// For how many minutes, when it is [`SeenAs::Busy`].
    #[serde(default, deserialize_with = "text::number")]
    pub minutes: u32,
}

/// How a person wants to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeenAs {
    /// As they are: online, or away.
    Online,
    /// Not to be disturbed; devices stay quiet too.
    Busy,
    /// Not at all.
    Invisible,
}

impl NewPresence {
    /// The choice within the limits.
    ///
    /// # Errors
    /// 422 for being busy without an end, or for longer than [`limits::QUIET_MINUTES_MAX`].
    pub fn validate(self) -> Result<Self, Error> {
        let fits = (1..=limits::QUIET_MINUTES_MAX).contains(&self.minutes);
        if self.seen_as == SeenAs::Busy && !fits {
            return Err(Error::invalid("minutes", "From a minute to a week."));
        }
        Ok(self)
    }
}

/// Arguments of `reads.set_receipts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewReceipts {
    /// Others see how far the caller has read, and the caller sees it of them.
    #[serde(deserialize_with = "text::number")]
    pub on: bool,
}

/// The status that somebody gave themself: "🌴 On holiday".
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CustomStatus {
    /// One emoji.
    pub emoji: String,
    /// A few words; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// When it ends by itself; without it, it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl CustomStatus {
    /// Whether its end has come.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// The last moment at which it stands: of one that ends at midnight, on the day that people mean.
    #[must_use]
    pub fn stands_until(&self) -> Option<Timestamp> {
        self.until.map(|until| until - Duration::from_millis(1))
    }

    /// What a screen reader says of it, and what stands over it: the words, else the emoji.
    #[must_use]
    pub fn words(&self) -> &str {
        if self.text.is_empty() { &self.emoji } else { &self.text }
    }
}

/// Stands for words without an emoji.
pub const STATUS_EMOJI_OTHERWISE: &str = "💬";

/// Arguments of `status.set`. Without emoji and words there is no status any longer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewStatus {
    /// One emoji, or none.
    #[serde(default)]
    pub emoji: String,
    /// A few words, or none.
    #[serde(default)]
    pub text: String,
    /// When it ends.
    #[serde(default)]
    pub ends: StatusEnd,
    /// How far the person's clock is ahead of UTC, so that their day ends at their midnight.
    #[serde(default, deserialize_with = "text::number")]
    pub utc_offset_minutes: i32,
}

impl NewStatus {
    /// The status from now on; none when there is to be none. Whether it is an emoji is checked by the server.
    ///
    /// # Errors
    /// 422 with the field that does not fit.
    pub fn validate(&self, now: Timestamp) -> Result<Option<CustomStatus>, Error> {
        let (emoji, text) = (self.emoji.trim(), self.text.trim());
        if emoji.is_empty() && text.is_empty() {
            return Ok(None);
        }
        if limits::EMOJI_BYTES_MAX < emoji.len() {
            return Err(Error::invalid("emoji", "This is not an emoji."));
        }
        let text = match text {
            "" => String::new(),
            text => text::line("text", text, limits::STATUS_TEXT_CHARS_MAX)?,
        };
        if limits::UTC_OFFSET_MINUTES_MAX < self.utc_offset_minutes.unsigned_abs() {
            return Err(Error::invalid("utc_offset_minutes", "No clock is so far from UTC."));
        }
        let emoji = if emoji.is_empty() { STATUS_EMOJI_OTHERWISE } else { emoji };
        let until = self.ends.at(now, self.utc_offset_minutes);
        Ok(Some(CustomStatus { emoji: emoji.to_owned(), text, until }))
    }
}

/// When a status ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusEnd {
    /// In half an hour.
    HalfHour,
    /// In an hour.
    Hour,
    /// In four hours.
    FourHours,
    /// At the person's midnight.
    Today,
    /// At the end of their Sunday.
    Week,
    /// When they change it.
    #[default]
    Never,
}

const DAY_MS: i64 = 24 * 3600 * 1000;

impl StatusEnd {
    /// All of them, the soonest first.
    pub const ALL: [Self; 6] =
        [Self::HalfHour, Self::Hour, Self::FourHours, Self::Today, Self::Week, Self::Never];

    /// The word on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::HalfHour => "half_hour",
            Self::Hour => "hour",
            Self::FourHours => "four_hours",
            Self::Today => "today",
            Self::Week => "week",
            Self::Never => "never",
        }
    }

    /// The moment, for somebody whose clock is so far ahead of UTC.
    #[must_use]
    pub fn at(self, now: Timestamp, utc_offset_minutes: i32) -> Option<Timestamp> {
        let in_minutes = |minutes: u64| Some(now + Duration::from_secs(60 * minutes));
        let offset = i64::from(utc_offset_minutes) * 60_000;
        // Days of the person's calendar since 1970, which began on a Thursday.
        let today = (now.0 + offset).div_euclid(DAY_MS);
        let midnight_after = |days: i64| Some(Timestamp((today + days + 1) * DAY_MS - offset));
        match self {
            Self::HalfHour => in_minutes(30),
            Self::Hour => in_minutes(60),
            Self::FourHours => in_minutes(240),
            Self::Today => midnight_after(0),
            Self::Week => midnight_after(6 - (today + 3).rem_euclid(7)),
            Self::Never => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Saturday, 21 November 2026, 22:30 UTC.
    const NOW: Timestamp = Timestamp(1_795_300_200_000);

    fn end(ends: StatusEnd, offset: i32) -> String {
        ends.at(NOW, offset).map_or_else(|| "never".to_owned(), Timestamp::iso)
    }

    #[test]
    fn a_day_and_a_week_end_at_the_persons_midnight() {
        assert_eq!(NOW.iso(), "2026-11-21T22:30:00.000Z");
        assert_eq!(end(StatusEnd::HalfHour, 0), "2026-11-21T23:00:00.000Z");
        assert_eq!(end(StatusEnd::Today, 0), "2026-11-22T00:00:00.000Z");
        assert_eq!(end(StatusEnd::Week, 0), "2026-11-23T00:00:00.000Z");
        // In Berlin it is Saturday still, in Tokyo Sunday morning, in New York Saturday afternoon.
        assert_eq!(end(StatusEnd::Today, 60), "2026-11-21T23:00:00.000Z");
        assert_eq!(end(StatusEnd::Today, 540), "2026-11-22T15:00:00.000Z");
        assert_eq!(end(StatusEnd::Week, 540), "2026-11-22T15:00:00.000Z");
        assert_eq!(end(StatusEnd::Today, -300), "2026-11-22T05:00:00.000Z");
        assert_eq!(end(StatusEnd::Never, 0), "never");
    }

    #[test]
    fn a_status_needs_an_emoji_or_words() {
        let new = |emoji: &str, text: &str| {
            let new = NewStatus { emoji: emoji.to_owned(), text: text.to_owned(), ..NewStatus::default() };
            new.validate(NOW)
        };
        assert_eq!(new("", "  ").unwrap(), None);
        assert_eq!(new("🌴", "").unwrap().unwrap().words(), "🌴");
        assert_eq!(new("", " Back soon ").unwrap().unwrap().emoji, STATUS_EMOJI_OTHERWISE);
        assert_eq!(new("", &"ä".repeat(100)).unwrap().unwrap().text.chars().count(), 100);
        for bad in ["two\nlines", "a\u{202E}b", &"ä".repeat(101)] {
            assert_eq!(new("🌴", bad).unwrap_err().status(), 422, "{bad:?}");
        }
    }

    #[test]
    fn nobody_is_busy_for_ever() {
        let busy = |minutes| NewPresence { seen_as: SeenAs::Busy, minutes }.validate();
        assert!(busy(0).is_err() && busy(limits::QUIET_MINUTES_MAX + 1).is_err() && busy(30).is_ok());
        let until = Some(Timestamp(10));
        let ben = Present { bearing: Bearing::Busy, until, ..Present::online(UserId::new(NOW)) };
        assert_eq!(ben.bearing_at(Timestamp(9)), Bearing::Busy);
        assert_eq!(ben.bearing_at(Timestamp(10)), Bearing::Online);
    }

    #[test]
    fn the_words_of_an_end_are_those_on_the_wire() {
        for end in StatusEnd::ALL {
            assert_eq!(serde_json::to_value(end).unwrap(), end.word());
        }
    }
}
