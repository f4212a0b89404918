-- Who there is and what they may do: accounts, signed-in devices, workspaces, members,
-- invitations; the audit log; and what the instance itself has to remember.

-- Rows stay when an account is deleted (`former`), because what the person wrote stays. `folded`
-- is name and handle in lower case, `ada lovelace @ada`: the order of lists, and what a search
-- looks through; it is made here in Rust because the databases fold letters differently.
CREATE TABLE users (
    id            UUID    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    handle        TEXT    UNIQUE,
    folded        TEXT    COLLATE "C" NOT NULL,
    hue           BIGINT  NOT NULL,
    password_hash TEXT,
    role          TEXT    NOT NULL,                 -- member or admin, of the instance
    active        BOOLEAN NOT NULL,                 -- may sign in
    former        BOOLEAN NOT NULL,                 -- the account was deleted
    at            BIGINT  NOT NULL
);
CREATE INDEX users_list ON users (folded, id);

-- The token itself is only in the cookie; here is its SHA-256.
CREATE TABLE sessions (
    id         UUID    NOT NULL PRIMARY KEY,
    user_id    UUID    NOT NULL REFERENCES users (id),
    token_hash BYTEA   NOT NULL UNIQUE,
    device     TEXT    NOT NULL,
    address    TEXT    NOT NULL,                    -- of the last request
    at         BIGINT  NOT NULL,
    used_at    BIGINT  NOT NULL,                    -- to the minute
    expires_at BIGINT  NOT NULL,
    ended_at   BIGINT
);
CREATE INDEX sessions_of_user ON sessions (user_id) WHERE ended_at IS NULL;

CREATE TABLE workspaces (
    id   UUID    NOT NULL PRIMARY KEY,
    name TEXT    NOT NULL,
    slug TEXT    NOT NULL UNIQUE,
    at   BIGINT  NOT NULL
);

CREATE TABLE members (
    workspace_id UUID    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id      UUID    NOT NULL REFERENCES users (id),
    role         TEXT    NOT NULL,                  -- guest, member, admin or owner
    joined_at    BIGINT  NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX members_of_user ON members (user_id);

-- The secret is only in the link; here is its SHA-256.
CREATE TABLE invitations (
    id           UUID    NOT NULL PRIMARY KEY,
    workspace_id UUID    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    secret_hash  BYTEA   NOT NULL UNIQUE,
    role         TEXT    NOT NULL,
    by_id        UUID    NOT NULL REFERENCES users (id),
    uses         BIGINT  NOT NULL,
    uses_max     BIGINT  NOT NULL,
    at           BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    revoked_at   BIGINT
);
CREATE INDEX invitations_of_workspace ON invitations (workspace_id) WHERE revoked_at IS NULL;

-- What administrators and sign-ins did. No names and no texts: people are looked up when it is read.
CREATE TABLE audit (
    id         UUID    NOT NULL PRIMARY KEY,
    at         BIGINT  NOT NULL,
    actor_id   UUID    REFERENCES users (id),
    action     TEXT    NOT NULL,
    subject_id UUID    REFERENCES users (id),
    detail     TEXT    NOT NULL,
    address    TEXT    NOT NULL
);
CREATE INDEX audit_list ON audit (at, id);

CREATE TABLE settings (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
