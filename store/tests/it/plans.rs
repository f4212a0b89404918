//! What the databases do for a question: the plan of each statement, and how much it looks at.
//!
//! SQLite explains the statements afterwards, and its machine's steps are counted while it answers.
//! PostgreSQL writes down what it did (`auto_explain`): the plans that ran, with the rows that were read.

use crate::community::Community;
use crate::harness::{TestStore, postgres_log};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use std::io::{Read, Seek, SeekFrom};
use store::{Caller, Store};
use uuid::Uuid;

/// Tables that grow with what is written, and what the statements call them.
const GROWING: [&str; 9] =
    ["messages", "m", "x", "events", "message_mentions", "n", "reactions", "links", "thread_people"];

/// A question's cost.
#[derive(Debug)]
pub(crate) struct Cost {
    pub(crate) statements: usize,
    /// Rows that one statement of it read at most (PostgreSQL), or steps of all together (SQLite).
    pub(crate) most: u64,
    /// The plan of that statement (PostgreSQL).
    pub(crate) worst: String,
    /// What should not happen, each in a sentence.
    pub(crate) faults: Vec<String>,
}

/// A store that is watched, and a connection of one's own to the same database.
pub(crate) struct Watching {
    pub(crate) store: Store,
    own: Own,
}

enum Own {
    Sqlite(SqliteConnection),
    Postgres { connection: PgConnection, database: String },
}

impl Watching {
    /// Watches a database from now on. `settings` are PostgreSQL's.
    pub(crate) async fn on(test: &TestStore, settings: &[(&str, &str)]) -> Self {
        let url = &test.settings.url;
        let mut own = Own::open(url).await;
        if let Own::Postgres { database, .. } = &own {
            let explain = [
                ("session_preload_libraries", "auto_explain"),
                ("auto_explain.log_min_duration", "0"),
                ("auto_explain.log_analyze", "on"),
                ("auto_explain.log_timing", "off"),
                ("auto_explain.log_format", "json"),
            ];
            let set: Vec<String> = explain
                .iter()
                .chain(settings)
                .map(|(name, value)| format!("ALTER DATABASE {database} SET {name} = '{value}'"))
                .collect();
            for sql in set {
                own.run(&sql, &[]).await;
            }
        }
        let (store, _) = test.open_again().await;
        Self { store, own }
    }

    /// What the answer costs. It must come.
    pub(crate) async fn cost<T>(&mut self, question: impl Future<Output = store::Result<T>>) -> Cost {
        let mut log = (!self.own.is_sqlite()).then(postgres_log);
        if let Some(log) = &mut log {
            log.seek(SeekFrom::End(0)).unwrap();
        }
        let watched = self.store.test_watch(question).await;
        watched.answer.map(|_| ()).unwrap();
        match &mut self.own {
            Own::Sqlite(connection) => {
                let mut faults = Vec::new();
                for sql in &watched.statements {
                    faults.extend(sqlite_faults(connection, sql).await);
                }
                let (statements, most) = (watched.statements.len(), watched.steps);
                Cost { statements, most, worst: String::new(), faults }
            }
            Own::Postgres { database, .. } => {
                let mut written = Vec::new();
                log.expect("it was opened above").read_to_end(&mut written).unwrap();
                let plans = postgres_plans(&String::from_utf8_lossy(&written), database);
                let faults = plans.iter().flat_map(postgres_faults).collect();
                let worst = plans.iter().max_by_key(|plan| rows_read(&plan["Plan"]));
                let most = worst.map_or(0, |plan| rows_read(&plan["Plan"]));
                let worst = worst.map(Value::to_string).unwrap_or_default();
                Cost { statements: watched.statements.len(), most, worst, faults }
            }
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.own.is_sqlite()
    }
}

impl Own {
    async fn open(url: &str) -> Self {
        if !url.starts_with("postgres") {
            return Self::Sqlite(SqliteConnection::connect(url).await.unwrap());
        }
        let connection = PgConnection::connect(url).await.unwrap();
        let path = url.split('?').next().unwrap_or_default();
        Self::Postgres { connection, database: path.rsplit('/').next().unwrap_or_default().to_owned() }
    }

    fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    async fn run(&mut self, sql: &str, ids: &[Uuid]) {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(connection) => {
                let query = ids.iter().fold(sqlx::query(sql), |query, id| query.bind(*id));
                query.execute(connection).await.map(|_| ()).unwrap();
            }
            Self::Postgres { connection, .. } => {
                let query = ids.iter().fold(sqlx::query(sql), |query, id| query.bind(*id));
                query.execute(connection).await.map(|_| ()).unwrap();
            }
        }
    }
}

/// What SQLite would do for a statement and should not: read all of a growing table, or sort it.
async fn sqlite_faults(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    // The bulk statements that differ between the databases only say how they begin.
    if sql.split_whitespace().count() <= 3 {
        return Vec::new();
    }
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let lines: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(connection).await.unwrap();
    let mut faults = Vec::new();
    for (_, _, _, line) in &lines {
        let scanned = line.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
        // An answer that is inserted could be what another one waits for; SQLite plans to look for those, and
        // does it only where some do, which the steps prove.
        let is_foreign_key = sql.starts_with("INSERT INTO messages") && scanned == Some("messages");
        let grows = !is_foreign_key && scanned.is_some_and(|name| GROWING.contains(&name));
        let sorts = line.starts_with("USE TEMP B-TREE")
            && lines.iter().any(|(_, _, _, line)| line.contains(" USING INDEX messages_"));
        if grows || sorts {
            faults.push(format!("{line}, in: {sql}"));
        }
    }
    faults
}

/// The plans of a part of the log.
fn postgres_plans(log: &str, database: &str) -> Vec<Value> {
    let ours = format!("{database}|LOG:  duration: ");
    let mut plans = Vec::new();
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        if !line.starts_with(&ours) {
            continue;
        }
        let mut json = String::new();
        while let Some(more) = lines.next_if(|line| line.starts_with('\t')) {
            json.push_str(more);
        }
        plans.push(serde_json::from_str(&json).unwrap_or_else(|why| panic!("{why}: {json}")));
    }
    plans
}

fn children(node: &Value) -> impl Iterator<Item = &Value> {
    node["Plans"].as_array().into_iter().flatten()
}

/// Rows that the scans below a node looked at.
fn rows_read(node: &Value) -> u64 {
    let below: u64 = children(node).map(rows_read).sum();
    if node["Relation Name"].is_null() {
        return below;
    }
    let number = |name: &str| node[name].as_u64().unwrap_or(0);
    let each = number("Actual Rows")
        + number("Rows Removed by Filter")
        + number("Rows Removed by Index Recheck")
        + number("Rows Removed by Join Filter");
    below + each * number("Actual Loops")
}

fn postgres_faults(plan: &Value) -> Vec<String> {
    fn scans(node: &Value, found: &mut Vec<String>) {
        let table = node["Relation Name"].as_str().unwrap_or_default();
        let ran = node["Actual Loops"].as_u64().unwrap_or(0) != 0;
        // Of small tables all is read sooner than by an index; how much that may be, the count of rows says.
        if node["Node Type"] == "Seq Scan" && ran && ["messages", "events"].contains(&table) {
            found.push(format!("Seq Scan on {table}"));
        }
        children(node).for_each(|node| scans(node, found));
    }
    let mut found = Vec::new();
    scans(&plan["Plan"], &mut found);
    found.into_iter().map(|what| format!("{what}, in: {}", plan["Query Text"])).collect()
}

/// Fills a conversation past the store: so many messages of Ben and Ada, all of which name Ada, every 17th a
/// line of the server, every 97th for everybody, with a fifth deleted in one piece and some pinned; under `root` as many answers. All of it is in the log and known to the search.
pub(crate) async fn fill(c: &Community, room: Uuid, root: Uuid, count: i64, [ada, ben]: [&Caller; 2]) {
    let mut own = Own::open(&c.test.settings.url).await;
    let new_id = if own.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
    let topic = format!("conversation:{room}");
    let (base, at) = (1_000, 1_795_000_000_000_i64);
    let (gone_from, gone_to, answers) = (count * 2 / 5, count * 3 / 5, count);
    let numbers = |count: i64| {
        format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})")
    };
    let messages = format!(
        r#"{} INSERT INTO messages
            (id, conversation_id, in_room, author_id, line, body, html, broadcast, at, seq, deleted_at, pinned_at)
        SELECT {new_id}, $1, TRUE, CASE WHEN i % 3 = 0 THEN $2 ELSE $3 END,
               CASE WHEN i % 17 = 0 THEN '{{"line":"joined"}}' END, 'words ' || i, '<p>words</p>',
               CASE WHEN i % 97 = 0 THEN 'room' END, {at} + i, {base} + i,
               CASE WHEN {gone_from} < i AND i <= {gone_to} THEN {at} END,
               CASE WHEN i IN (7, 14, 21) THEN {at} + i END FROM n"#,
        numbers(count)
    );
    own.run(&messages, &[room, ada.user.0, ben.user.0]).await;
    let answered = base + count;
    let thread = format!(
        "{} INSERT INTO messages (id, conversation_id, thread_id, in_room, author_id, body, html, at, seq)
         SELECT {new_id}, $1, $2, FALSE, CASE WHEN i % 3 = 0 THEN $3 ELSE $4 END, 'answer ' || i, '<p>a</p>',
                {at} + {count} + i, {answered} + i FROM n",
        numbers(answers)
    );
    own.run(&thread, &[room, root, ada.user.0, ben.user.0]).await;
    let replies = format!("UPDATE messages SET replies = {answers}, last_reply_at = {at} WHERE id = $1");
    own.run(&replies, &[root]).await;
    for who in [ada, ben] {
        let sql = format!(
            "INSERT INTO thread_people (root_id, user_id, replies, at) VALUES ($1, $2, {}, {at})",
            answers / 2
        );
        own.run(&sql, &[root, who.user.0]).await;
    }
    let named = "INSERT INTO message_mentions (message_id, user_id, conversation_id, seq)
         SELECT id, $2, conversation_id, seq FROM messages WHERE conversation_id = $1 AND in_room";
    own.run(named, &[room, ada.user.0]).await;
    // Of other texts: what is asked for stands among many.
    let reactions = format!(
        "{} INSERT INTO reactions (target, emoji, user_id, place, at)
         SELECT 'message:{room}-' || i, '+', $1, 1, {at} FROM n",
        numbers(count)
    );
    own.run(&reactions, &[ada.user.0]).await;
    let links = format!(
        "{} INSERT INTO links (target, url, workspace_id, rank, state, at)
         SELECT 'message:{room}-' || i, 'https://example.org', $1, 1, 'shown', {at} FROM n",
        numbers(count)
    );
    own.run(&links, &[c.workspace.0]).await;
    let (id, value) = if own.is_sqlite() {
        ("id, ", format!("({at} + seq) * 8 + {}, ", count % 7))
    } else {
        ("", String::new())
    };
    let documents = format!(
        "INSERT INTO search_documents
             ({id}entity_id, kind, workspace_id, place_id, author_id, at, has_file, has_link, text)
         SELECT {value}id, 'message', $2, conversation_id, author_id, at, FALSE, FALSE, body
         FROM messages WHERE conversation_id = $1 AND seq > {base}"
    );
    own.run(&documents, &[room, c.workspace.0]).await;
    let events = format!(
        "INSERT INTO events (topic_id, seq, id, kind, actor_id, entity_id, permission_epoch, payload, at)
         SELECT '{topic}', seq, id, 'message.created', author_id, id, 0, '{{}}', at
         FROM messages WHERE conversation_id = $1 AND seq > {base}"
    );
    own.run(&events, &[room]).await;
    let head = answered + answers;
    own.run(&format!("UPDATE topics SET head_seq = {head} WHERE id = '{topic}'"), &[]).await;
}

/// Many rooms with a few messages each, so that a large one is an exception.
pub(crate) async fn fill_small_rooms(c: &Community, by: &Caller) {
    let mut own = Own::open(&c.test.settings.url).await;
    let (new_id, at) =
        (if own.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" }, 1_790_000_000_000_i64);
    let rooms = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
         INSERT INTO conversations (id, workspace_id, kind, name, topic_line, is_default, at)
         SELECT {new_id}, $1, 'room', 'room-' || i, '', FALSE, {at} FROM n"
    );
    own.run(&rooms, &[c.workspace.0]).await;
    let messages = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
         INSERT INTO messages (id, conversation_id, in_room, author_id, body, html, at, seq)
         SELECT {new_id}, c.id, TRUE, $1, 'words', '<p>words</p>', {at} + i, i
         FROM conversations c CROSS JOIN n WHERE c.name LIKE 'room-%'"
    );
    own.run(&messages, &[by.user.0]).await;
}

/// Puts the read position of somebody in a conversation.
pub(crate) async fn has_read(c: &Community, room: Uuid, who: &Caller, seq: i64) {
    let mut own = Own::open(&c.test.settings.url).await;
    let sql = format!("UPDATE participants SET read_seq = {seq} WHERE conversation_id = $1 AND user_id = $2");
    own.run(&sql, &[room, who.user.0]).await;
}

/// Lets the planner know what there is.
pub(crate) async fn analyse(c: &Community) {
    Own::open(&c.test.settings.url).await.run("ANALYZE", &[]).await;
}
