-- What people say of themselves, and what they let others see of them.

CREATE TABLE statuses (
    user_id UUID   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    emoji   TEXT   NOT NULL,
    words   TEXT   NOT NULL,
    until   BIGINT,                                 -- none: until the person changes it
    at      BIGINT NOT NULL
);

-- Since when the person is not here to others; 0: they are seen.
ALTER TABLE users ADD COLUMN invisible_since BIGINT NOT NULL DEFAULT 0;

-- How far others see that the person has read: where they had read to when they became invisible.
ALTER TABLE participants ADD COLUMN seen_seq BIGINT NOT NULL DEFAULT 0;
UPDATE participants SET seen_seq = read_seq;
