//! What is counted. The names are documented in the crate's own page.

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use protocol::frame::ResetReason;

/// A position could not be continued.
pub(crate) fn count_reset(reason: ResetReason) {
    let reason = match reason {
        ResetReason::TooOld => "too_old",
        ResetReason::Epoch => "epoch",
        ResetReason::Ahead => "ahead",
    };
    counter!("hubbub_resets_total", "reason" => reason).increment(1);
}

/// A socket ended.
pub(crate) fn count_close(code: u16) {
    counter!("hubbub_closes_total", "code" => code.to_string()).increment(1);
}

/// What is counted so often that it is looked up only once.
#[derive(Clone)]
pub(crate) struct Counters {
    pub(crate) sockets: Gauge,
    pub(crate) appended: Counter,
    pub(crate) delivered: Counter,
    pub(crate) delivery_seconds: Histogram,
    pub(crate) queue_bytes: Gauge,
    pub(crate) lagging: Gauge,
    pub(crate) topics: Gauge,
    pub(crate) tail_bytes: Gauge,
    pub(crate) gap_repairs: Counter,
    pub(crate) sweep_repairs: Counter,
    pub(crate) catch_up_reads: Counter,
}

impl Counters {
    pub(crate) fn new() -> Self {
        Self {
            sockets: gauge!("hubbub_sockets"),
            appended: counter!("hubbub_events_appended_total"),
            delivered: counter!("hubbub_events_delivered_total"),
            delivery_seconds: histogram!("hubbub_delivery_seconds"),
            queue_bytes: gauge!("hubbub_queue_bytes"),
            lagging: gauge!("hubbub_lagging_sockets"),
            topics: gauge!("hubbub_topics"),
            tail_bytes: gauge!("hubbub_tail_bytes"),
            gap_repairs: counter!("hubbub_gap_repairs_total"),
            sweep_repairs: counter!("hubbub_sweep_repairs_total"),
            catch_up_reads: counter!("hubbub_catch_up_reads_total"),
        }
    }
}
