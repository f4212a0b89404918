-- Conversations, who is in them, and their messages. `seq` of a message is the number of its
-- `message.created` in the conversation's log and the order of every list; the writer stamps it in
-- the transaction that inserts the row. Deleted messages stay without their texts, as posts do.

CREATE TABLE conversations (
    id           UUID    NOT NULL PRIMARY KEY,
    workspace_id UUID    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL,                  -- room, group or direct
    name         TEXT    COLLATE "C" NOT NULL,      -- of a room in small letters; of a direct one empty
    topic_line   TEXT    NOT NULL,
    direct_key   TEXT,                              -- both people of a direct one, so that a pair has one
    is_default   BOOLEAN NOT NULL,                  -- new members of the workspace join it
    archived_at  BIGINT,
    created_by   UUID    REFERENCES users (id),
    at           BIGINT  NOT NULL,
    version      BIGINT  NOT NULL DEFAULT 1,
    members      BIGINT  NOT NULL DEFAULT 0         -- rows in participants
);
CREATE UNIQUE INDEX conversations_room ON conversations (workspace_id, name)
    WHERE kind = 'room' AND archived_at IS NULL;
CREATE UNIQUE INDEX conversations_direct ON conversations (workspace_id, direct_key)
    WHERE direct_key IS NOT NULL;

-- `read_seq` is how far the person has read. It stands here and not in `reads`, so that what is
-- unread of all conversations is counted in one query.
CREATE TABLE participants (
    conversation_id UUID    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    user_id         UUID    NOT NULL REFERENCES users (id),
    role            TEXT    NOT NULL,               -- member or owner
    level           TEXT    NOT NULL DEFAULT 'all', -- all, mentions or nothing
    starred         BOOLEAN NOT NULL DEFAULT FALSE,
    read_seq        BIGINT  NOT NULL,
    joined_at       BIGINT  NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX participants_of_user ON participants (user_id);

CREATE TABLE messages (
    id              UUID    NOT NULL PRIMARY KEY,
    conversation_id UUID    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    thread_id       UUID    REFERENCES messages (id),
    in_room         BOOLEAN NOT NULL,               -- no answer, or one that was also sent to the room
    author_id       UUID    NOT NULL REFERENCES users (id),
    line            TEXT,                           -- what the server says happened, as JSON; none of a text
    subject_id      UUID    REFERENCES users (id),  -- whom that line is about
    body            TEXT    NOT NULL,
    html            TEXT    NOT NULL,
    broadcast       TEXT,                           -- here or room
    at              BIGINT  NOT NULL,
    seq             BIGINT  NOT NULL DEFAULT 0,
    version         BIGINT  NOT NULL DEFAULT 1,
    edited_at       BIGINT,
    pinned_at       BIGINT,
    deleted_at      BIGINT,
    replies         BIGINT  NOT NULL DEFAULT 0,     -- answers under it that are not deleted
    last_reply_at   BIGINT
);
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
    message_id UUID    NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    version    BIGINT  NOT NULL,
    body       TEXT    NOT NULL,
    editor_id  UUID    NOT NULL REFERENCES users (id),
    at         BIGINT  NOT NULL,
    PRIMARY KEY (message_id, version)
);

-- Whom a message names. Nobody where it says @here or @room: `broadcast` counts for everybody.
CREATE TABLE message_mentions (
    message_id      UUID    NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    user_id         UUID    NOT NULL REFERENCES users (id),
    conversation_id UUID    NOT NULL,
    seq             BIGINT  NOT NULL DEFAULT 0,     -- of the message
    PRIMARY KEY (message_id, user_id)
);
CREATE INDEX message_mentions_unread ON message_mentions (user_id, conversation_id, seq);

-- Who answered under a message, and how often.
CREATE TABLE thread_people (
    root_id UUID    NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    user_id UUID    NOT NULL REFERENCES users (id),
    replies BIGINT  NOT NULL,                       -- that are not deleted
    at      BIGINT  NOT NULL,                       -- of the latest
    PRIMARY KEY (root_id, user_id)
);

CREATE TABLE saved_messages (
    user_id    UUID    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id UUID    NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    at         BIGINT  NOT NULL,
    PRIMARY KEY (user_id, message_id)
);
CREATE INDEX saved_messages_list ON saved_messages (user_id, at, message_id);
CREATE INDEX saved_messages_of_message ON saved_messages (message_id);

-- Whether others see how far the person has read.
ALTER TABLE users ADD COLUMN receipts BOOLEAN NOT NULL DEFAULT TRUE;

ALTER TABLE notifications ADD COLUMN conversation_id UUID REFERENCES conversations (id) ON DELETE CASCADE;
ALTER TABLE notifications ADD COLUMN message_id UUID REFERENCES messages (id) ON DELETE CASCADE;
DROP INDEX notifications_about;
CREATE INDEX notifications_about ON notifications (COALESCE(message_id, comment_id, post_id), user_id);
CREATE INDEX notifications_conversation ON notifications (user_id, conversation_id)
    WHERE conversation_id IS NOT NULL;

-- Every workspace has a room that everybody but its guests is in.
INSERT INTO conversations (id, workspace_id, kind, name, topic_line, is_default, at)
SELECT gen_random_uuid(), id, 'room', 'general', '', TRUE, at FROM workspaces;
INSERT INTO topics (id, workspace_id, epoch, head_seq, floor_seq, permission_epoch)
SELECT 'conversation:' || id, workspace_id, gen_random_uuid(), 0, 0, 0 FROM conversations;
INSERT INTO participants (conversation_id, user_id, role, read_seq, joined_at)
SELECT c.id, m.user_id, 'member', 0, m.joined_at
FROM conversations c JOIN members m ON m.workspace_id = c.workspace_id WHERE m.role <> 'guest';
UPDATE conversations
SET members = (SELECT COUNT(*) FROM participants p WHERE p.conversation_id = conversations.id);
