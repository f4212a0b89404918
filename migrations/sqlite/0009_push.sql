-- Telling devices of what their person does not look at: which devices want to be told, what they
-- are or were told of, and why or why not.

-- One per signed-in device. The keys are the browser's: the push service cannot read what passes.
CREATE TABLE push_subscriptions (
    session_id BLOB    NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    endpoint   TEXT    NOT NULL UNIQUE,
    p256dh     BLOB    NOT NULL,                    -- a point of P-256, 65 bytes
    auth       BLOB    NOT NULL,                    -- 16 bytes
    at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX push_subscriptions_of_user ON push_subscriptions (user_id);

-- What one device may have to be told of one thing. `subject_id` is the notification, the direct
-- conversation, or the session that asked for a test. `due_at` is when somebody decides what to do
-- next; none: the device shows it, and nothing is to do until the person reads it elsewhere.
CREATE TABLE pushes (
    session_id      BLOB    NOT NULL REFERENCES push_subscriptions (session_id) ON DELETE CASCADE,
    kind            TEXT    NOT NULL,               -- notification, message or test
    subject_id      BLOB    NOT NULL,
    user_id         BLOB    NOT NULL,
    conversation_id BLOB,
    at              INTEGER NOT NULL,               -- of the latest that happened
    due_at          INTEGER,
    leased_until    INTEGER NOT NULL DEFAULT 0,     -- a node decides now
    attempts        INTEGER NOT NULL DEFAULT 0,     -- that the push service refused
    shown_at        INTEGER,                -- `at` of what the device shows
    changed_at      INTEGER,                -- the person read something there, or something of it was deleted
    PRIMARY KEY (session_id, kind, subject_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pushes_due ON pushes (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX pushes_of_user ON pushes (user_id);
CREATE INDEX pushes_subject ON pushes (subject_id);
CREATE INDEX pushes_age ON pushes (at);

-- No names and no texts: what it was about in one word, what became of it in another.
CREATE TABLE push_log (
    id      BLOB    NOT NULL PRIMARY KEY,
    user_id BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    device  TEXT    NOT NULL,
    about   TEXT    NOT NULL,
    outcome TEXT    NOT NULL,
    detail  INTEGER                                 -- a time, or what the push service answered
) STRICT;
CREATE INDEX push_log_list ON push_log (user_id, at, id);
CREATE INDEX push_log_age ON push_log (at);

-- Until when the person wants to be told of nothing.
ALTER TABLE users ADD COLUMN quiet_until INTEGER NOT NULL DEFAULT 0;

-- Until when this device says that somebody looks at it.
ALTER TABLE sessions ADD COLUMN looks_until INTEGER NOT NULL DEFAULT 0;
