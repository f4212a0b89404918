//! Points in time: milliseconds since 1970, UTC.

use serde::{Deserialize, Serialize};
use std::ops::{Add, Sub};
use std::time::Duration;

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The machine's clock. For drivers and transports; everything else takes the time as an argument.
    #[cfg(not(target_arch = "wasm32"))]
    #[expect(clippy::disallowed_methods, reason = "this is the one native clock that the rule points to")]
    #[must_use]
    pub fn now() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// How long ago `earlier` was, zero if it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// ISO 8601 in UTC, for `<time datetime>` and logs.
    #[must_use]
    pub fn iso(self) -> String {
        let Moment { year, month, day, hour, minute } = self.moment();
        let (second, ms) = (self.0.rem_euclid(60_000) / 1_000, self.0.rem_euclid(1_000));
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
    }

    /// "21 November 2026, 09:05" in UTC: what the server renders before the browser knows its zone.
    #[must_use]
    pub fn readable(self) -> String {
        let Moment { year, month, day, hour, minute } = self.moment();
        let month = MONTHS[month - 1];
        format!("{day} {month} {year}, {hour:02}:{minute:02}")
    }

    /// When a day of the calendar begins, UTC; none for a day that there is not. Months and days from 1.
    #[must_use]
    pub fn of_day(year: i64, month: i64, day: i64) -> Option<Self> {
        if !(0..=9_999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        // The way of `moment` backwards: years begin in March.
        let (year_from_march, month_from_march) =
            if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
        let (era, year_of_era) = (year_from_march.div_euclid(400), year_from_march.rem_euclid(400));
        let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let at = Self((era * 146_097 + day_of_era - 719_468) * 86_400_000);
        // The 31st of a shorter month would be a day of the next one.
        (at.moment().day == day).then_some(at)
    }

    /// Its day in the calendar, UTC: `2026-11-21`.
    #[must_use]
    pub fn day(self) -> String {
        let Moment { year, month, day, .. } = self.moment();
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// Its place in the calendar. Written out here, because the general formatter that it replaced
    /// was 18 KB of the page's WASM.
    fn moment(self) -> Moment {
        let minutes = self.0.div_euclid(60_000);
        // Days since 1 March 0000: the leap day is the last of its year, and all 400 years are alike.
        let days = minutes.div_euclid(1_440) + 719_468;
        let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        // Months from March on have 31, 30, 31, 30, 31 days, again and again.
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (after_new_year, month) = if month < 10 { (0, month + 3) } else { (1, month - 9) };
        Moment {
            year: era * 400 + year + after_new_year,
            month: usize::try_from(month).unwrap_or(1),
            day,
            hour: minutes.rem_euclid(1_440) / 60,
            minute: minutes.rem_euclid(60),
        }
    }
}

/// A minute in the calendar, UTC.
struct Moment {
    year: i64,
    /// From 1 on.
    month: usize,
    day: i64,
    hour: i64,
    minute: i64,
}

/// The names of the months.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, wait: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_as_iso_and_as_words() {
        let at = Timestamp(1_795_252_205_042);
        assert_eq!(at.iso(), "2026-11-21T09:10:05.042Z");
        assert_eq!(at.readable(), "21 November 2026, 09:10");
    }

    #[test]
    fn the_calendar_knows_its_leap_years_and_the_time_before_1970() {
        for (ms, iso) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
            (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(Timestamp(ms).iso(), iso);
        }
    }

    #[test]
    fn a_day_begins_where_it_does_in_the_calendar() {
        for (year, month, day) in [(2026, 11, 21), (2024, 2, 29), (2000, 2, 29), (1970, 1, 1), (1969, 12, 31)]
        {
            let at = Timestamp::of_day(year, month, day).unwrap();
            assert_eq!(at.day(), format!("{year:04}-{month:02}-{day:02}"));
            assert_eq!(at.0.rem_euclid(86_400_000), 0);
        }
        for (year, month, day) in [(2026, 2, 29), (2026, 4, 31), (2026, 13, 1), (2026, 0, 1), (2026, 1, 0)] {
            assert_eq!(Timestamp::of_day(year, month, day), None, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn a_clock_that_went_back_gives_no_time_passed() {
        assert_eq!(Timestamp(5).since(Timestamp(9)), Duration::ZERO);
    }
}
