-- Posts, comments, their earlier texts and their reactions; drafts and read positions.
--
-- Deleted rows stay, without their texts, so that a late repeat of a command finds them and
-- nothing that refers to them dangles. `seq` is the number of the row's `*.created` event and
-- the order of every list; the writer stamps it in the transaction that inserts the row.

CREATE TABLE posts (
    id           BLOB    NOT NULL PRIMARY KEY,
    workspace_id BLOB    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    author_id    BLOB    NOT NULL REFERENCES users (id),
    title        TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    html         TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    seq          INTEGER NOT NULL DEFAULT 0,
    version      INTEGER NOT NULL DEFAULT 1,
    edited_at    INTEGER,
    pinned_at    INTEGER,
    deleted_at   INTEGER,
    comments     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX posts_feed ON posts (workspace_id, seq) WHERE deleted_at IS NULL;
CREATE INDEX posts_pinned ON posts (workspace_id, pinned_at) WHERE pinned_at IS NOT NULL;

-- Every text of a post that was edited, the first and the present one included. A post that
-- never was has no rows here.
CREATE TABLE post_versions (
    post_id   BLOB    NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    version   INTEGER NOT NULL,
    title     TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    editor_id BLOB    NOT NULL REFERENCES users (id),
    at        INTEGER NOT NULL,
    PRIMARY KEY (post_id, version)
) STRICT;

CREATE TABLE comments (
    id           BLOB    NOT NULL PRIMARY KEY,
    post_id      BLOB    NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    workspace_id BLOB    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    parent_id    BLOB    REFERENCES comments (id),
    author_id    BLOB    NOT NULL REFERENCES users (id),
    body         TEXT    NOT NULL,
    html         TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    seq          INTEGER NOT NULL DEFAULT 0,
    version      INTEGER NOT NULL DEFAULT 1,
    edited_at    INTEGER,
    deleted_at   INTEGER
) STRICT;
CREATE INDEX comments_of_post ON comments (post_id, seq);
CREATE INDEX comments_replies ON comments (parent_id) WHERE deleted_at IS NULL;

CREATE TABLE comment_versions (
    comment_id BLOB    NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    body       TEXT    NOT NULL,
    editor_id  BLOB    NOT NULL REFERENCES users (id),
    at         INTEGER NOT NULL,
    PRIMARY KEY (comment_id, version)
) STRICT;

-- `target` reads `post:<id>` or `comment:<id>`. `place` is the same for all rows of one emoji
-- on one target and grows with each further emoji: the order in which they first appeared.
CREATE TABLE reactions (
    target  TEXT    NOT NULL,
    emoji   TEXT    NOT NULL,
    user_id BLOB    NOT NULL REFERENCES users (id),
    place   INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (target, emoji, user_id)
) STRICT, WITHOUT ROWID;

-- `place` reads as in the protocol: `post:<workspace>`, `comment:<post>`, `reply:<comment>`.
-- An empty draft stays for a day, so that an older text that arrives late does not revive it.
CREATE TABLE drafts (
    user_id BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    place   TEXT    NOT NULL,
    title   TEXT    NOT NULL,
    body    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (user_id, place)
) STRICT;

CREATE TABLE reads (
    user_id  BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    topic_id TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    PRIMARY KEY (user_id, topic_id)
) STRICT, WITHOUT ROWID;
