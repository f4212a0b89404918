//! The browser's clock and time zone.

use js_sys::Date;
use protocol::Timestamp;
use protocol::time::MONTHS;
use wasm_bindgen::JsValue;

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Now.
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit; the fraction goes")]
    Timestamp(Date::now() as i64)
}

/// A time in the reader's zone, as short as it is clear: "09:10", "Yesterday, 09:10", "12 Nov", "12 Nov 2025".
#[must_use]
pub fn short(at: Timestamp) -> String {
    let now = now();
    Local::of(at).short(&Local::of(now), &Local::of(Timestamp(now.0 - DAY_MS)))
}

/// A time in the reader's zone with its full date: "12 November 2026, 09:10". For a hover.
#[must_use]
pub fn full(at: Timestamp) -> String {
    Local::of(at).full()
}

/// Both, short and full.
#[must_use]
pub fn words(at: Timestamp) -> (String, String) {
    (short(at), full(at))
}

/// Only the time of day: "09:10".
#[must_use]
pub fn time_of_day(at: Timestamp) -> String {
    Local::of(at).clock()
}

/// How far the reader's zone is ahead of UTC now.
#[must_use]
pub fn utc_offset_minutes() -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "zones are whole minutes of at most a day")]
    let behind = Date::new_0().get_timezone_offset() as i32;
    -behind
}

/// Numbers the days of the reader's zone: two times of one day have the same number.
#[must_use]
pub fn day_number(at: Timestamp) -> i64 {
    let day = Local::of(at);
    i64::from((day.year * 12 + day.month) * 31 + day.day)
}

/// A day in words: "Today", "Yesterday", "Thursday, 12 November", "12 November 2025".
#[must_use]
pub fn day(at: Timestamp) -> String {
    let now = now();
    Local::of(at).day_words(&Local::of(now), &Local::of(Timestamp(now.0 - DAY_MS)))
}

/// A point in time on the reader's wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Local {
    year: u32,
    month: u32,
    day: u32,
    weekday: u32,
    hour: u32,
    minute: u32,
}

impl Local {
    fn of(at: Timestamp) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit an f64 exactly")]
        let date = Date::new(&JsValue::from_f64(at.0 as f64));
        Self {
            year: date.get_full_year(),
            month: date.get_month(),
            day: date.get_date(),
            weekday: date.get_day(),
            hour: date.get_hours(),
            minute: date.get_minutes(),
        }
    }

    fn is_same_day(&self, other: &Self) -> bool {
        (self.year, self.month, self.day) == (other.year, other.month, other.day)
    }

    fn month(&self) -> &'static str {
        MONTHS.get(self.month as usize).copied().unwrap_or_default()
    }

    fn clock(&self) -> String {
        format!("{:02}:{:02}", self.hour, self.minute)
    }

    fn short(&self, now: &Self, yesterday: &Self) -> String {
        if self.is_same_day(now) {
            self.clock()
        } else if self.is_same_day(yesterday) {
            format!("Yesterday, {}", self.clock())
        } else if self.year == now.year {
            format!("{} {}", self.day, &self.month()[..3])
        } else {
            format!("{} {} {}", self.day, &self.month()[..3], self.year)
        }
    }

    fn day_words(&self, now: &Self, yesterday: &Self) -> String {
        let weekday = WEEKDAYS.get(self.weekday as usize).copied().unwrap_or_default();
        if self.is_same_day(now) {
            "Today".to_owned()
        } else if self.is_same_day(yesterday) {
            "Yesterday".to_owned()
        } else if self.year == now.year {
            format!("{weekday}, {} {}", self.day, self.month())
        } else {
            format!("{} {} {}", self.day, self.month(), self.year)
        }
    }

    fn full(&self) -> String {
        format!("{} {} {}, {}", self.day, self.month(), self.year, self.clock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(year: u32, month: u32, day: u32) -> Local {
        Local { year, month: month - 1, day, weekday: 4, hour: 9, minute: 10 }
    }

    #[test]
    fn a_day_is_named_as_people_do() {
        let (now, yesterday) = (at(2026, 11, 20), at(2026, 11, 19));
        for (time, words) in [
            (at(2026, 11, 20), "Today"),
            (at(2026, 11, 19), "Yesterday"),
            (at(2026, 11, 12), "Thursday, 12 November"),
            (at(2025, 11, 12), "12 November 2025"),
        ] {
            assert_eq!(time.day_words(&now, &yesterday), words);
        }
    }

    #[test]
    fn a_time_is_as_short_as_it_is_clear() {
        let (now, yesterday) = (at(2026, 1, 1), at(2025, 12, 31));
        for (time, short) in [
            (at(2026, 1, 1), "09:10"),
            (at(2025, 12, 31), "Yesterday, 09:10"),
            (at(2026, 11, 12), "12 Nov"),
            (at(2025, 11, 12), "12 Nov 2025"),
        ] {
            assert_eq!(time.short(&now, &yesterday), short);
        }
        assert_eq!(at(2026, 11, 12).full(), "12 November 2026, 09:10");
    }
}
