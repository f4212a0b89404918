-- How other programs prove for whom they act: personal access tokens, bots, and the keys that sign
-- what a token is exchanged for.

-- The workspace of a bot; none: a person. It stays when the bot is removed, because what it wrote stays.
ALTER TABLE users ADD COLUMN bot_of UUID REFERENCES workspaces (id);
CREATE INDEX users_bots ON users (bot_of) WHERE bot_of IS NOT NULL;

CREATE TABLE tokens (
    id      UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    name    TEXT NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX tokens_of_user ON tokens (user_id, at);

-- A token has a session with its own id, in which the hash of its secret is; each exchange has one more, with
-- the hash of its refresh token. So what ends a session ends a token: everywhere, and at once.
ALTER TABLE sessions ADD COLUMN token_id UUID REFERENCES tokens (id) ON DELETE CASCADE;
ALTER TABLE sessions ADD COLUMN scopes TEXT;        -- words with spaces; none: everything, as a person may
CREATE INDEX sessions_of_token ON sessions (token_id) WHERE token_id IS NOT NULL;

-- Refresh tokens that were used. Whoever comes with one has copied it, or was copied.
CREATE TABLE used_refreshes (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    at         BIGINT NOT NULL
);
CREATE INDEX used_refreshes_of_session ON used_refreshes (session_id, at);

-- Ed25519. The newest signs; what was replaced is published as long as something that it signed holds.
CREATE TABLE signing_keys (
    id          UUID NOT NULL PRIMARY KEY,
    secret      BYTEA NOT NULL,                  -- PKCS #8
    public      BYTEA NOT NULL,                  -- 32 bytes
    at          BIGINT NOT NULL,
    replaced_at BIGINT
);
