-- Posts, comments, their earlier texts and their reactions; drafts and read positions.
--
-- Deleted rows stay, without their texts, so that a late repeat of a command finds them and
-- nothing that refers to them dangles. `seq` is the number of the row's `*.created` event and
-- the order of every list; the writer stamps it in the transaction that inserts the row.

CREATE TABLE posts (
    id           UUID    NOT NULL PRIMARY KEY,
    workspace_id UUID    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    author_id    UUID    NOT NULL REFERENCES users (id),
    title        TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    html         TEXT    NOT NULL,
    at           BIGINT  NOT NULL,
    seq          BIGINT  NOT NULL DEFAULT 0,
    version      BIGINT  NOT NULL DEFAULT 1,
    edited_at    BIGINT,
    pinned_at    BIGINT,
    deleted_at   BIGINT,
    comments     BIGINT  NOT NULL DEFAULT 0
);
CREATE INDEX posts_feed ON posts (workspace_id, seq) WHERE deleted_at IS NULL;
CREATE INDEX posts_pinned ON posts (workspace_id, pinned_at) WHERE pinned_at IS NOT NULL;

-- Every text of a post that was edited, the first and the present one included. A post that
-- never was has no rows here.
CREATE TABLE post_versions (
    post_id   UUID    NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    version   BIGINT  NOT NULL,
    title     TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    editor_id UUID    NOT NULL REFERENCES users (id),
    at        BIGINT  NOT NULL,
    PRIMARY KEY (post_id, version)
);

CREATE TABLE comments (
    id           UUID    NOT NULL PRIMARY KEY,
    post_id      UUID    NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    workspace_id UUID    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    parent_id    UUID    REFERENCES comments (id),
    author_id    UUID    NOT NULL REFERENCES users (id),
    body         TEXT    NOT NULL,
    html         TEXT    NOT NULL,
    at           BIGINT  NOT NULL,
    seq          BIGINT  NOT NULL DEFAULT 0,
    version      BIGINT  NOT NULL DEFAULT 1,
    edited_at    BIGINT,
    deleted_at   BIGINT
);
CREATE INDEX comments_of_post ON comments (post_id, seq);
CREATE INDEX comments_replies ON comments (parent_id) WHERE deleted_at IS NULL;

CREATE TABLE comment_versions (
    comment_id UUID    NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
    version    BIGINT  NOT NULL,
    body       TEXT    NOT NULL,
    editor_id  UUID    NOT NULL REFERENCES users (id),
    at         BIGINT  NOT NULL,
    PRIMARY KEY (comment_id, version)
);

-- `target` reads `post:<id>` or `comment:<id>`. `place` is the same for all rows of one emoji
-- on one target and grows with each further emoji: the order in which they first appeared.
CREATE TABLE reactions (
    target  TEXT    NOT NULL,
    emoji   TEXT    NOT NULL,
    user_id UUID    NOT NULL REFERENCES users (id),
    place   BIGINT  NOT NULL,
    at      BIGINT  NOT NULL,
    PRIMARY KEY (target, emoji, user_id)
);

-- `place` reads as in the protocol: `post:<workspace>`, `comment:<post>`, `reply:<comment>`.
-- An empty draft stays for a day, so that an older text that arrives late does not revive it.
CREATE TABLE drafts (
    user_id UUID    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    place   TEXT    NOT NULL,
    title   TEXT    NOT NULL,
    body    TEXT    NOT NULL,
    at      BIGINT  NOT NULL,
    PRIMARY KEY (user_id, place)
);

CREATE TABLE reads (
    user_id  UUID    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    topic_id TEXT    NOT NULL,
    seq      BIGINT  NOT NULL,
    PRIMARY KEY (user_id, topic_id)
);
