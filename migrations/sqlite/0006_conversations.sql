-- Conversations, who is in them, and their messages. `seq` of a message is the number of its
-- `message.created` in the conversation's log and the order of every list; the writer stamps it in
-- the transaction that inserts the row. Deleted messages stay without their texts, as posts do.

CREATE TABLE conversations (
    id           BLOB    NOT NULL PRIMARY KEY,
    workspace_id BLOB    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL,                  -- room, group or direct
    name         TEXT    NOT NULL,                  -- of a room in small letters; of a direct one empty
    topic_line   TEXT    NOT NULL,
    direct_key   TEXT,                              -- both people of a direct one, so that a pair has one
    is_default   INTEGER NOT NULL,                  -- a boolean: new members of the workspace join it
    archived_at  INTEGER,
    created_by   BLOB    REFERENCES users (id),
    at           INTEGER NOT NULL,
    version      INTEGER NOT NULL DEFAULT 1,
    members      INTEGER NOT NULL DEFAULT 0         -- rows in participants
) STRICT;
CREATE UNIQUE INDEX conversations_room ON conversations (workspace_id, name)
    WHERE kind = 'room' AND archived_at IS NULL;
CREATE UNIQUE INDEX conversations_direct ON conversations (workspace_id, direct_key)
    WHERE direct_key IS NOT NULL;

-- `read_seq` is how far the person has read. It stands here and not in `reads`, so that what is
-- unread of all conversations is counted in one query.
CREATE TABLE participants (
    conversation_id BLOB    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    user_id         BLOB    NOT NULL REFERENCES users (id),
    role            TEXT    NOT NULL,               -- member or owner
    level           TEXT    NOT NULL DEFAULT 'all', -- all, mentions or nothing
    starred         INTEGER NOT NULL DEFAULT 0,     -- a boolean
    read_seq        INTEGER NOT NULL,
    joined_at       INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX participants_of_user ON participants (user_id);

CREATE TABLE messages (
    id              BLOB    NOT NULL PRIMARY KEY,
    conversation_id BLOB    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    thread_id       BLOB    REFERENCES messages (id),
    in_room         INTEGER NOT NULL,               -- a boolean: no answer, or one that was also sent to the room
    author_id       BLOB    NOT NULL REFERENCES users (id),
    line            TEXT,                           -- what the server says happened, as JSON; none of a text
    subject_id      BLOB    REFERENCES users (id),  -- whom that line is about
    body            TEXT    NOT NULL,
    html            TEXT    NOT NULL,
    broadcast       TEXT,                           -- here or room
    at              INTEGER NOT NULL,
    seq             INTEGER NOT NULL DEFAULT 0,
    version         INTEGER NOT NULL DEFAULT 1,
    edited_at       INTEGER,
    pinned_at       INTEGER,
    deleted_at      INTEGER,
    replies         INTEGER NOT NULL DEFAULT 0,     -- answers under it that are not deleted
    last_reply_at   INTEGER
) STRICT;
-- What a conversation shows, and what of it can be unread: a page and a count read only their rows.
CREATE INDEX messages_shown ON messages (conversation_id, seq)
    WHERE in_room AND (deleted_at IS NULL OR replies > 0);
CREATE INDEX messages_unread ON messages (conversation_id, seq, author_id)
    WHERE in_room AND line IS NULL AND deleted_at IS NULL;
CREATE INDEX messages_broadcast ON messages (conversation_id, seq, author_id)
    WHERE broadcast IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX messages_thread ON messages (thread_id, seq) WHERE thread_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX messages_pinned ON messages (conversation_id, pinned_at) WHERE pinned_at IS NOT NULL;

-- Every text of a message that was edited, the first and the present one included.
CREATE TABLE message_versions (
    message_id BLOB    NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    body       TEXT    NOT NULL,
    editor_id  BLOB    NOT NULL REFERENCES users (id),
    at         INTEGER NOT NULL,
    PRIMARY KEY (message_id, version)
) STRICT;

-- Whom a message names. Nobody where it says @here or @room: `broadcast` counts for everybody.
CREATE TABLE message_mentions (
    message_id      BLOB    NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    user_id         BLOB    NOT NULL REFERENCES users (id),
    conversation_id BLOB    NOT NULL,
    seq             INTEGER NOT NULL DEFAULT 0,     -- of the message
    PRIMARY KEY (message_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_mentions_unread ON message_mentions (user_id, conversation_id, seq);

-- Who answered under a message, and how often.
CREATE TABLE thread_people (
    root_id BLOB    NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    user_id BLOB    NOT NULL REFERENCES users (id),
    replies INTEGER NOT NULL,                       -- that are not deleted
    at      INTEGER NOT NULL,                       -- of the latest
    PRIMARY KEY (root_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_messages (
    user_id    BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id BLOB    NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    at         INTEGER NOT NULL,
    PRIMARY KEY (user_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_messages_list ON saved_messages (user_id, at, message_id);
CREATE INDEX saved_messages_of_message ON saved_messages (message_id);

-- Whether others see how far the person has read.
ALTER TABLE users ADD COLUMN receipts INTEGER NOT NULL DEFAULT 1;

ALTER TABLE notifications ADD COLUMN conversation_id BLOB REFERENCES conversations (id) ON DELETE CASCADE;
ALTER TABLE notifications ADD COLUMN message_id BLOB REFERENCES messages (id) ON DELETE CASCADE;
DROP INDEX notifications_about;
CREATE INDEX notifications_about ON notifications (COALESCE(message_id, comment_id, post_id), user_id);
CREATE INDEX notifications_conversation ON notifications (user_id, conversation_id)
    WHERE conversation_id IS NOT NULL;

-- Every workspace has a room that everybody but its guests is in.
INSERT INTO conversations (id, workspace_id, kind, name, topic_line, is_default, at)
SELECT randomblob(16), id, 'room', 'general', '', 1, at FROM workspaces;
INSERT INTO topics (id, workspace_id, epoch, head_seq, floor_seq, permission_epoch)
SELECT 'conversation:' || lower(substr(hex(id), 1, 8) || '-' || substr(hex(id), 9, 4) || '-' ||
           substr(hex(id), 13, 4) || '-' || substr(hex(id), 17, 4) || '-' || substr(hex(id), 21)),
       workspace_id, randomblob(16), 0, 0, 0
FROM conversations;
INSERT INTO participants (conversation_id, user_id, role, read_seq, joined_at)
SELECT c.id, m.user_id, 'member', 0, m.joined_at
FROM conversations c JOIN members m ON m.workspace_id = c.workspace_id WHERE m.role <> 'guest';
UPDATE conversations
SET members = (SELECT COUNT(*) FROM participants p WHERE p.conversation_id = conversations.id);
