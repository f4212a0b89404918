//! Which messages of a conversation or a thread are loaded, and which of them stand on the page.
//!
//! What is loaded are stretches without holes; between two of them lies a gap. The page shows a
//! part of one stretch: at most [`ROWS_MAX`] rows, so that the browser stays quick however far
//! somebody scrolls. The messages themselves are in [`super::messages`].

use protocol::message::Window;
use protocol::page::PageKey;
use protocol::{MessageId, limits};

/// Rows on the page at most.
pub(crate) const ROWS_MAX: usize = 300;
/// Rows that come into the page at a time: one page of the server.
pub(crate) const STEP_ROWS: usize = limits::MESSAGES_PAGE_ROWS;

/// A message in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its place.
    pub(crate) order: u64,
    /// Which.
    pub(crate) id: MessageId,
}

/// What lies beyond the end of a stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Edge {
    /// Nothing: here the conversation begins, or is at this moment.
    End,
    /// More, to be asked for with this key.
    More(PageKey),
    /// More that was loaded once and let go of.
    Cut,
}

/// Messages without a hole between them, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stretch {
    rows: Vec<Row>,
    before: Edge,
    after: Edge,
}

/// What to do with a page that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// Show it.
    Go,
    /// Go on upwards.
    Older,
    /// Go on downwards.
    Newer,
}

/// What came of a wish to see more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// There is nothing more, or it is on its way.
    Nothing,
    /// Other rows are on the page.
    Moved,
    /// This has to be loaded first.
    Load(Window),
}

/// The messages of one conversation or thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timeline {
    /// By age, with gaps between them.
    stretches: Vec<Stretch>,
    /// `order` from which rows are on the page.
    from: u64,
    /// `order` up to which they are; none follows what is written.
    to: Option<u64>,
    pending: Option<(Window, Then)>,
    /// What is written up to here is in the newest stretch already, unless it is gone.
    as_of: u64,
    loaded: bool,
    stale: bool,
}

impl Edge {
    fn of(key: Option<&PageKey>) -> Self {
        key.map_or(Self::End, |key| Self::More(key.clone()))
    }
}

impl Stretch {
    fn low(&self) -> u64 {
        match (&self.before, self.rows.first()) {
            (Edge::End, _) | (_, None) => 0,
            (_, Some(row)) => row.order,
        }
    }

    fn high(&self) -> u64 {
        match (&self.after, self.rows.last()) {
            (Edge::End, _) | (_, None) => u64::MAX,
            (_, Some(row)) => row.order,
        }
    }

    fn touches(&self, other: &Self) -> bool {
        self.low() <= other.high() && other.low() <= self.high()
    }

    /// Both together; they touch.
    fn join(self, other: Self) -> Self {
        let before = if self.low() <= other.low() { &self.before } else { &other.before }.clone();
        let after = if other.high() <= self.high() { &self.after } else { &other.after }.clone();
        Self { before, after, rows: self.rows }.with(other.rows)
    }

    fn with(mut self, rows: Vec<Row>) -> Self {
        self.rows.extend(rows);
        self.rows.sort_by_key(|row| (row.order, row.id));
        self.rows.dedup_by_key(|row| row.id);
        self
    }

    fn index_of(&self, order: u64) -> usize {
        self.rows.partition_point(|row| row.order < order)
    }
}

impl Timeline {
    /// A page arrived that was asked for with this window.
    pub(crate) fn load(&mut self, asked: &Window, page: &protocol::message::Timeline) {
        let then = self.pending.take_if(|(window, _)| window == asked).map(|(_, then)| then);
        let goes = self.stale || !self.loaded || then == Some(Then::Go);
        if self.stale {
            self.stretches.clear();
            self.as_of = 0;
        }
        let rows: Vec<Row> =
            page.messages.iter().map(|message| Row { order: message.order, id: message.id }).collect();
        let new =
            Stretch { rows, before: Edge::of(page.before.as_ref()), after: Edge::of(page.after.as_ref()) };
        let Some(new) = self.go_on(asked, new) else { return };
        if new.after == Edge::End {
            self.as_of = self.as_of.max(page.as_of.position.seq);
        }
        let shown = (new.rows.first().copied(), new.rows.last().copied(), new.after == Edge::End);
        self.put(new);
        self.loaded = true;
        self.stale = false;
        match then {
            _ if goes => {
                self.from = shown.0.map_or(0, |row| row.order);
                self.to = shown.1.filter(|_| !shown.2).map(|row| row.order);
            }
            Some(Then::Older) => {
                self.older();
            }
            Some(Then::Newer) => {
                self.newer();
            }
            Some(Then::Go) | None => {}
        }
    }

    /// A page that was asked for by a key goes on where a stretch ends; none if that one is gone.
    fn go_on(&mut self, asked: &Window, new: Stretch) -> Option<Stretch> {
        let mut take = |is: &dyn Fn(&Stretch) -> bool| {
            let index = self.stretches.iter().position(is)?;
            Some(self.stretches.remove(index))
        };
        match asked {
            Window::Before(key) => {
                let newer = take(&|stretch| stretch.before == Edge::More(key.clone()))?;
                Some(Stretch { after: newer.after.clone(), ..new }.with(newer.rows))
            }
            Window::After(key) => {
                let older = take(&|stretch| stretch.after == Edge::More(key.clone()))?;
                Some(Stretch { before: older.before.clone(), ..new }.with(older.rows))
            }
            Window::Latest | Window::Unread | Window::Around(_) => Some(new),
        }
    }

    /// What was asked for did not come; it is asked for again when somebody wants it again.
    pub(crate) fn load_failed(&mut self, asked: &Window) {
        self.pending.take_if(|(window, _)| window == asked);
    }

    fn put(&mut self, mut new: Stretch) {
        while let Some(index) = self.stretches.iter().position(|other| other.touches(&new)) {
            new = new.join(self.stretches.remove(index));
        }
        let index = self.stretches.partition_point(|other| other.low() < new.low());
        self.stretches.insert(index, new);
    }

    fn newest(&self) -> Option<&Stretch> {
        self.stretches.last().filter(|stretch| stretch.after == Edge::End)
    }

    /// A message was written. False if its place is not loaded, or the message is known.
    pub(crate) fn written(&mut self, row: Row) -> bool {
        let as_of = self.as_of;
        let Some(newest) = self.stretches.last_mut().filter(|stretch| stretch.after == Edge::End) else {
            return false;
        };
        let in_gap = row.order < newest.low();
        if row.order <= as_of || in_gap || newest.rows.iter().rev().any(|known| known.id == row.id) {
            return false;
        }
        let index = newest.index_of(row.order);
        newest.rows.insert(index, row);
        true
    }

    /// A message is gone.
    pub(crate) fn remove(&mut self, id: MessageId) {
        for stretch in &mut self.stretches {
            stretch.rows.retain(|row| row.id != id);
        }
    }

    fn current(&self) -> Option<&Stretch> {
        match self.to {
            None => self.stretches.last(),
            Some(to) => self.stretches.iter().rev().find(|stretch| stretch.low() <= to),
        }
    }

    fn range(&self, stretch: &Stretch) -> (usize, usize) {
        let start = stretch.index_of(self.from);
        let end = self.to.map_or(stretch.rows.len(), |to| stretch.index_of(to.saturating_add(1)));
        (start, end.max(start))
    }

    /// The rows on the page, oldest first.
    #[must_use]
    pub(crate) fn shown(&self) -> &[Row] {
        self.current().map_or(&[], |stretch| {
            let (start, end) = self.range(stretch);
            &stretch.rows[start..end]
        })
    }

    /// Whether older messages are to be had.
    #[must_use]
    pub(crate) fn has_older(&self) -> bool {
        self.current().is_some_and(|stretch| 0 < self.range(stretch).0 || stretch.before != Edge::End)
    }

    /// Whether newer messages are to be had that are not on the page.
    #[must_use]
    pub(crate) fn has_newer(&self) -> bool {
        self.loaded && !self.follows()
    }

    /// Whether the page ends where the conversation does: then what is written shows.
    #[must_use]
    pub(crate) fn follows(&self) -> bool {
        self.to.is_none() && self.newest().is_some()
    }

    /// The reader comes near the top.
    pub(crate) fn older(&mut self) -> Step {
        let Some(stretch) = self.current() else { return Step::Nothing };
        let (start, end) = self.range(stretch);
        if start == 0 {
            let window = match (&stretch.before, stretch.rows.first()) {
                (Edge::More(key), _) => Window::Before(key.clone()),
                (Edge::Cut, Some(first)) => Window::Around(first.id),
                (Edge::End | Edge::Cut, _) => return Step::Nothing,
            };
            return self.ask(window, Then::Older);
        }
        let start = start.saturating_sub(STEP_ROWS);
        let last = (ROWS_MAX < end - start).then(|| stretch.rows[start + ROWS_MAX - 1].order);
        self.from = stretch.rows[start].order;
        self.to = last.or(self.to);
        Step::Moved
    }

    /// The reader comes near the bottom.
    pub(crate) fn newer(&mut self) -> Step {
        let Some(stretch) = self.current() else { return Step::Nothing };
        let (start, end) = self.range(stretch);
        if end == stretch.rows.len() {
            let window = match (&stretch.after, stretch.rows.last()) {
                (Edge::More(key), _) => Window::After(key.clone()),
                (Edge::Cut, Some(last)) => Window::Around(last.id),
                (Edge::End, _) if self.to.is_some() => {
                    self.to = None;
                    return Step::Moved;
                }
                (Edge::End | Edge::Cut, _) => return Step::Nothing,
            };
            return self.ask(window, Then::Newer);
        }
        let end = (end + STEP_ROWS).min(stretch.rows.len());
        let is_all = end == stretch.rows.len() && stretch.after == Edge::End;
        let first = (ROWS_MAX < end - start).then(|| stretch.rows[end - ROWS_MAX].order);
        self.to = Some(stretch.rows[end - 1].order).filter(|_| !is_all);
        self.from = first.unwrap_or(self.from);
        Step::Moved
    }

    fn ask(&mut self, window: Window, then: Then) -> Step {
        let wanted = Some((window.clone(), then));
        if self.pending == wanted {
            return Step::Nothing;
        }
        self.pending = wanted;
        Step::Load(window)
    }

    /// To the newest messages.
    pub(crate) fn go_to_latest(&mut self) -> Step {
        match self.newest().map(|stretch| stretch.rows.len()) {
            Some(rows) if !self.stale => self.show_newest(rows.saturating_sub(2 * STEP_ROWS)),
            _ => self.ask(Window::Latest, Then::Go),
        }
    }

    fn show_newest(&mut self, from: usize) -> Step {
        let first = self.newest().and_then(|stretch| stretch.rows.get(from));
        self.from = first.map_or(0, |row| row.order);
        self.to = None;
        Step::Moved
    }

    /// For the first time.
    pub(crate) fn go_to_start(&mut self) -> Step {
        self.pending = None;
        self.ask(Window::Unread, Then::Go)
    }

    /// To one message.
    pub(crate) fn go_to_message(&mut self, id: MessageId) -> Step {
        let known = self
            .stretches
            .iter()
            .enumerate()
            .find_map(|(at, stretch)| Some((at, stretch.rows.iter().position(|row| row.id == id)?)));
        match known {
            Some((stretch, row)) if !self.stale => self.show_around(stretch, row),
            _ => self.ask(Window::Around(id), Then::Go),
        }
    }

    /// To the first message after what was read; the newest ones where there is none.
    pub(crate) fn go_to_unread(&mut self, read: u64) -> Step {
        let covers = |stretch: &Stretch| stretch.low() <= read && read <= stretch.high();
        match self.stretches.iter().position(covers) {
            Some(stretch) if !self.stale => {
                let row = self.stretches[stretch].index_of(read.saturating_add(1));
                self.show_around(stretch, row)
            }
            _ => self.ask(Window::Unread, Then::Go),
        }
    }

    fn show_around(&mut self, stretch: usize, row: usize) -> Step {
        let stretch = &self.stretches[stretch];
        // Enough below to fill a tall screen.
        let (start, end) = (row.saturating_sub(STEP_ROWS), row.saturating_add(2 * STEP_ROWS));
        let first = stretch.rows.get(start).or(stretch.rows.last()).map_or(0, |row| row.order);
        let to = match stretch.rows.get(end) {
            Some(last) => Some(last.order),
            None if stretch.after == Edge::End => None,
            None => stretch.rows.last().map(|row| row.order),
        };
        (self.from, self.to) = (first, to);
        Step::Moved
    }

    /// Lets go of rows that are far above: at the bottom those off the page, elsewhere the page
    /// stops to follow instead. True if rows were let go of.
    pub(crate) fn bound(&mut self, at_bottom: bool) -> bool {
        if self.to.is_some() || self.shown().len() <= ROWS_MAX + STEP_ROWS {
            return false;
        }
        let shown = self.shown();
        if !at_bottom {
            self.to = Some(shown[ROWS_MAX + STEP_ROWS - 1].order);
            return false;
        }
        self.from = shown[shown.len() - ROWS_MAX].order;
        self.cut(2 * ROWS_MAX)
    }

    /// Nobody looks at it now: keeps only the newest rows, for coming back.
    pub(crate) fn rest(&mut self) {
        self.pending = None;
        if self.newest().is_none() {
            *self = Self::default();
            return;
        }
        self.cut(2 * STEP_ROWS);
        let newest = self.newest().map_or(0, |stretch| stretch.rows.len());
        self.show_newest(newest.saturating_sub(2 * STEP_ROWS));
    }

    /// Keeps only this many of the newest rows.
    fn cut(&mut self, rows: usize) -> bool {
        let older = self.stretches.len().saturating_sub(1);
        self.stretches.drain(..older);
        let Some(newest) = self.stretches.last_mut() else { return false };
        let surplus = newest.rows.len().saturating_sub(rows);
        if 0 < surplus {
            newest.rows.drain(..surplus);
            newest.before = Edge::Cut;
        }
        0 < older + surplus
    }

    /// Events were missed: the next page replaces everything.
    pub(crate) fn set_stale(&mut self) {
        self.stale = true;
        self.pending = None;
    }

    /// Whether a page was loaded since, and the rows say what is there.
    #[must_use]
    pub(crate) fn is_loaded(&self) -> bool {
        self.loaded && !self.stale
    }

    /// Whether there was ever a page.
    #[must_use]
    pub(crate) fn was_loaded(&self) -> bool {
        self.loaded
    }

    /// Whether everything after this number is loaded: then the rows can be counted.
    #[must_use]
    pub(crate) fn covers_from(&self, read: u64) -> bool {
        !self.stale && self.newest().is_some_and(|stretch| stretch.low() <= read.saturating_add(1))
    }

    /// The newest rows without a gap, oldest first.
    #[must_use]
    pub(crate) fn newest_rows(&self) -> &[Row] {
        self.newest().map_or(&[], |stretch| &stretch.rows)
    }

    /// All rows that are loaded.
    pub(crate) fn all(&self) -> impl Iterator<Item = Row> {
        self.stretches.iter().flat_map(|stretch| &stretch.rows).copied()
    }
}
